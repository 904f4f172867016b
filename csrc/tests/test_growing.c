#include "simfilter/sf_growing.h"

#include <string.h>

#include "simfilter/sf_kgram.h"
#include "simfilter/sf_text.h"

#include "check.h"

enum { K = 4, MOST = 4096 };

static const uint8_t KEY[16] = {1, 2, 3};
static const char *const WORDS[] = {"harbour ", "i ", "1. ", "water-\n", "\xC3\xA9t\xC3\xA9 ", "\xE6\xBC\xA2", "a b ", "\n> ", "don't ",
                                    "\xCE\x9D\xCE\xA5\xCE\x9D ", "\xE2\x80\x8B", "3.5 ", "- ", "stone\xCC\x81 ", "\n\n", "lamps, "};
static uint32_t symbols[MOST], starts[MOST], ends[MOST];
static uint64_t hashes[MOST];
static uint8_t hits[MOST], text[MOST * 4];

/* Everything a text tells, against reading it as a whole. */
static void same_as_whole(const sf_growing *t, const uint8_t *bytes, size_t size, const sf_filter_view *filter)
{
    sf_growing_view view;
    size_t count, windows, found;

    sf_growing_look(t, &view);
    CHECK(sf_text_tokenize(bytes, size, KEY, symbols, starts, ends, MOST, &count) == SF_OK);
    windows = sf_kgram_count(count, K);
    CHECK(sf_kgram_hash(symbols, count, K, 0, hashes, MOST) == SF_OK);
    CHECK(sf_filter_contains(filter, hashes, windows, hits, &found) == SF_OK);
    CHECK(view.size == size && memcmp(view.bytes, bytes, size) == 0);
    CHECK(view.count == count && view.windows == windows);
    CHECK(memcmp(view.symbols, symbols, count * sizeof *symbols) == 0 && memcmp(view.starts, starts, count * sizeof *starts) == 0);
    CHECK(memcmp(view.ends, ends, count * sizeof *ends) == 0 && memcmp(view.hits, hits, windows) == 0);
}

int main(void)
{
    sf_filter_view filter;
    sf_growing *t, *other;
    size_t size, changed, found;
    uint64_t keys[64];

    /* Half of the runs of a few words, so that there are hits. */
    size = (size_t)snprintf((char *)text, sizeof text, "%s", "harbour water lamps harbour lamps lamps water harbour harbour lamps water");
    size_t count;
    CHECK(sf_text_tokenize(text, size, KEY, symbols, starts, ends, MOST, &count) == SF_OK);
    CHECK(sf_kgram_hash(symbols, count, K, 0, keys, 64) == SF_OK);
    size_t n = sf_kgram_count(count, K), bytes;
    CHECK(sf_filter_size(n, &bytes) == SF_OK);
    uint8_t *packed = malloc(bytes);
    CHECK(sf_filter_build(keys, n, packed, bytes) == SF_OK && sf_filter_open(packed, bytes, &filter) == SF_OK);

    uint8_t empty[64];
    sf_filter_view none;
    CHECK(sf_filter_build(NULL, 0, empty, sizeof empty) == SF_OK && sf_filter_open(empty, sizeof empty, &none) == SF_OK);
    CHECK(sf_growing_create(KEY, 0, 0, &filter, 1, &t) == SF_ERR_ARGUMENT && t == NULL);
    sf_growing_free(NULL);
    for (int round = 0; round < 60; round++) {
        size_t sizes[64] = {0};
        int pieces = 0;
        size = 0;
        sf_filter_view filters[] = {filter, none, filter}; /* each slice of them knows what `filter` knows */
        CHECK(sf_growing_create(KEY, K, 0, filters + round % 2, (size_t)(round % 2 ? 2 : 1 + round % 3), &t) == SF_OK);
        while (pieces < 60) {
            const char *piece = WORDS[draw() % (sizeof WORDS / sizeof *WORDS)];
            size_t length = strlen(piece);
            memcpy(text + size, piece, length);
            size += length;
            CHECK(sf_growing_append(t, (const uint8_t *)piece, length, &changed, &found) == SF_OK);
            same_as_whole(t, text, size, &filter);
            sizes[++pieces] = size;
            if (draw() % 8 == 0) { /* take some back, in a copy too */
                pieces -= (int)(draw() % (uint64_t)(pieces + 1));
                size = sizes[pieces];
                CHECK(sf_growing_copy(t, &other) == SF_OK);
                CHECK(sf_growing_cut(t, size, &changed, &found) == SF_OK);
                sf_growing_free(t);
                CHECK(sf_growing_cut(other, size, &changed, &found) == SF_OK);
                t = other;
                same_as_whole(t, text, size, &filter);
                pieces += pieces == 0;
                sizes[pieces] = size;
            }
        }
        CHECK(sf_growing_cut(t, size + 1, &changed, &found) == SF_ERR_ARGUMENT);
        sf_growing_free(t);
    }

    /* What changed is told, and hits among it. */
    CHECK(sf_growing_create(KEY, K, 0, &filter, 1, &t) == SF_OK);
    CHECK(sf_growing_append(t, (const uint8_t *)"harbour water lamps harb", 24, &changed, &found) == SF_OK && changed == 0 && found == 0);
    CHECK(sf_growing_append(t, (const uint8_t *)"our", 3, &changed, &found) == SF_OK && changed == 3 && found == 1);
    CHECK(sf_growing_append(t, (const uint8_t *)" ", 1, &changed, &found) == SF_OK && changed == 4 && found == 0);
    CHECK(sf_growing_append(t, NULL, 0, &changed, &found) == SF_OK && changed == 4);
    sf_growing_free(t);
    free(packed);
    return CHECK_DONE("growing");
}
