/* What can be read on from, the places, is remembered every STRIDE words, so that a cut need not begin at the beginning. */

#include "simfilter/sf_growing.h"

#include <stdlib.h>
#include <string.h>

#include "simfilter/sf_kgram.h"
#include "simfilter/sf_text.h"

enum {
    STRIDE = 32,  /* words between two places kept */
    SETTLED = 3,  /* words that must stand behind a place for it to hold: see sf_text_tokenize_growing */
    LEAST = 256,
};

typedef struct {
    size_t token, byte;
} place;

struct sf_growing {
    uint8_t key[16];
    uint32_t k;
    uint64_t seed;
    sf_filter_view *filters;
    size_t filter_count;
    uint8_t *bytes, *hits, *more; /* more: room for the hits of one filter */
    uint32_t *symbols, *starts, *ends;
    uint32_t *fresh;  /* 3 x fresh_room: words read again, before they are compared with what they were */
    uint64_t *hashes; /* fresh_room + k */
    place *places;    /* places[0] is the beginning; the last is where reading goes on */
    size_t size, room, count, token_room, fresh_room, windows, place_count, place_room;
};

static int enlarge(void *array, size_t count, size_t width)
{
    void **pointer = array, *wider = count > SIZE_MAX / width ? NULL : realloc(*pointer, count * width);
    if (wider)
        *pointer = wider;
    return wider != NULL;
}

static sf_status reserve_tokens(sf_growing *t, size_t count)
{
    if (count <= t->token_room)
        return SF_OK;
    size_t room = 2 * count + LEAST;
    if (!enlarge(&t->symbols, room, sizeof *t->symbols) || !enlarge(&t->starts, room, sizeof *t->starts) ||
        !enlarge(&t->ends, room, sizeof *t->ends) || !enlarge(&t->hits, room, 1) ||
        !enlarge(&t->more, room, 1))
        return SF_ERR_MEMORY;
    t->token_room = room;
    return SF_OK;
}

static sf_status reserve_fresh(sf_growing *t, size_t count)
{
    if (count <= t->fresh_room)
        return SF_OK;
    size_t room = 2 * count + LEAST;
    if (!enlarge(&t->fresh, 3 * room, sizeof *t->fresh) || !enlarge(&t->hashes, room + t->k, sizeof *t->hashes))
        return SF_ERR_MEMORY;
    t->fresh_room = room;
    return SF_OK;
}

sf_status sf_growing_create(const uint8_t key[16], uint32_t k, uint64_t seed, const sf_filter_view *filters, size_t filter_count,
                            sf_growing **text)
{
    *text = NULL;
    if (k == 0)
        return SF_ERR_ARGUMENT;
    sf_growing *t = calloc(1, sizeof *t);
    if (!t)
        return SF_ERR_MEMORY;
    memcpy(t->key, key, sizeof t->key);
    t->k = k;
    t->seed = seed;
    t->filter_count = filter_count;
    if (!enlarge(&t->filters, filter_count + 1, sizeof *t->filters) || !enlarge(&t->bytes, LEAST, 1) || !enlarge(&t->places, LEAST, sizeof *t->places) || reserve_tokens(t, 1) || reserve_fresh(t, 1)) {
        sf_growing_free(t);
        return SF_ERR_MEMORY;
    }
    if (filter_count)
        memcpy(t->filters, filters, filter_count * sizeof *filters);
    t->room = t->place_room = LEAST;
    t->places[0] = (place){0, 0};
    t->place_count = 1;
    *text = t;
    return SF_OK;
}

sf_status sf_growing_copy(const sf_growing *text, sf_growing **copy)
{
    sf_status status = sf_growing_create(text->key, text->k, text->seed, text->filters, text->filter_count, copy);
    if (status != SF_OK)
        return status;
    sf_growing *t = *copy;
    if (!enlarge(&t->bytes, text->size + LEAST, 1) || !enlarge(&t->places, text->place_count + LEAST, sizeof *t->places) ||
        reserve_tokens(t, text->count)) {
        sf_growing_free(t);
        *copy = NULL;
        return SF_ERR_MEMORY;
    }
    t->room = text->size + LEAST;
    t->place_room = text->place_count + LEAST;
    memcpy(t->bytes, text->bytes, text->size);
    memcpy(t->symbols, text->symbols, text->count * sizeof *t->symbols);
    memcpy(t->starts, text->starts, text->count * sizeof *t->starts);
    memcpy(t->ends, text->ends, text->count * sizeof *t->ends);
    memcpy(t->hits, text->hits, text->windows);
    memcpy(t->places, text->places, text->place_count * sizeof *t->places);
    t->size = text->size;
    t->count = text->count;
    t->windows = text->windows;
    t->place_count = text->place_count;
    return SF_OK;
}

void sf_growing_free(sf_growing *t)
{
    if (!t)
        return;
    free(t->filters);
    free(t->bytes);
    free(t->hits);
    free(t->more);
    free(t->symbols);
    free(t->starts);
    free(t->ends);
    free(t->fresh);
    free(t->hashes);
    free(t->places);
    free(t);
}

static sf_status keep_place(sf_growing *t, place at)
{
    if (t->place_count > 1 && at.token - t->places[t->place_count - 2].token < STRIDE)
        t->place_count--;
    if (t->place_count == t->place_room) {
        if (!enlarge(&t->places, 2 * t->place_room, sizeof *t->places))
            return SF_ERR_MEMORY;
        t->place_room *= 2;
    }
    t->places[t->place_count++] = at;
    return SF_OK;
}

/* Read the text from its last place on. */
static sf_status read_on(sf_growing *t, size_t *changed, size_t *hits)
{
    place from = t->places[t->place_count - 1];
    size_t size = t->size - from.byte, found, fixed, same = 0, old = t->count - from.token, first, count;
    sf_status status = reserve_fresh(t, size + 1);
    if (status != SF_OK)
        return status;
    uint32_t *symbols = t->fresh, *starts = symbols + t->fresh_room, *ends = starts + t->fresh_room;
    status = sf_text_tokenize_growing(t->bytes + from.byte, size, t->key, symbols, starts, ends, t->fresh_room, &found, &fixed);
    if (status == SF_OK)
        status = reserve_tokens(t, from.token + found);
    if (status != SF_OK)
        return status;
    while (same < old && same < found && symbols[same] == t->symbols[from.token + same])
        same++;
    for (size_t i = 0; i < found; i++) {
        t->symbols[from.token + i] = symbols[i];
        t->starts[from.token + i] = starts[i] + (uint32_t)from.byte;
        t->ends[from.token + i] = ends[i] + (uint32_t)from.byte;
    }
    t->count = from.token + found;
    *changed = from.token + same;
    first = *changed + 1 > t->k ? *changed + 1 - t->k : 0;
    t->windows = sf_kgram_count(t->count, t->k);
    *hits = 0;
    if (t->windows > first) {
        count = t->windows - first;
        status = sf_kgram_hash(t->symbols + first, t->count - first, t->k, t->seed, t->hashes, t->fresh_room + t->k);
        if (status == SF_OK)
            status = sf_filter_any(t->filters, t->filter_count, t->hashes, count, t->hits + first, t->more, hits);
    }
    if (status == SF_OK && fixed)
        status = keep_place(t, (place){from.token + fixed, t->starts[from.token + fixed]});
    return status;
}

sf_status sf_growing_append(sf_growing *t, const uint8_t *bytes, size_t size, size_t *changed, size_t *hits)
{
    if (size > UINT32_MAX - t->size)
        return SF_ERR_ARGUMENT;
    if (t->size + size > t->room) {
        size_t room = 2 * (t->size + size);
        if (!enlarge(&t->bytes, room, 1))
            return SF_ERR_MEMORY;
        t->room = room;
    }
    if (size)
        memcpy(t->bytes + t->size, bytes, size);
    t->size += size;
    return read_on(t, changed, hits);
}

sf_status sf_growing_cut(sf_growing *t, size_t size, size_t *changed, size_t *hits)
{
    if (size > t->size)
        return SF_ERR_ARGUMENT;
    while (t->place_count > 1) {
        size_t behind = t->places[t->place_count - 1].token + SETTLED;
        if (behind < t->count && t->starts[behind] < size)
            break;
        t->place_count--;
    }
    t->size = size;
    return read_on(t, changed, hits);
}

void sf_growing_look(const sf_growing *t, sf_growing_view *view)
{
    *view = (sf_growing_view){t->bytes, t->size, t->symbols, t->starts, t->ends, t->count, t->hits, t->windows};
}
