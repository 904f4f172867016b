#include "simfilter/sf_rename.h"

#include <stdlib.h>
#include <string.h>

#include "sf_mix.h"
#include "simfilter/sf_symbol.h"

/* Open addressing from a symbol to a 64-bit value; symbol 0 never occurs, so it marks a free slot. */
typedef struct {
    uint32_t *symbols;
    uint64_t *values;
    size_t mask;
} table;

static sf_status table_create(table *t, size_t n)
{
    size_t size = 16;
    while (size < 2 * n)
        size *= 2;
    t->mask = size - 1;
    t->symbols = calloc(size, sizeof *t->symbols);
    t->values = malloc(size * sizeof *t->values);
    return t->symbols && t->values ? SF_OK : SF_ERR_MEMORY;
}

static void table_free(table *t)
{
    free(t->symbols);
    free(t->values);
}

/* The slot of a symbol; *fresh when it was not there. */
static uint64_t *slot(table *t, uint32_t symbol, int *fresh)
{
    size_t at = (size_t)sf_mix(symbol) & t->mask;
    while (t->symbols[at] != 0 && t->symbols[at] != symbol)
        at = (at + 1) & t->mask;
    *fresh = t->symbols[at] == 0;
    t->symbols[at] = symbol;
    return &t->values[at];
}

/* Symbol of "kind" and a number under the key; kinds start with a byte no UTF-8 token starts with. */
static uint32_t coded(uint8_t kind, uint32_t number, const uint8_t key[16])
{
    uint8_t bytes[6] = {0xff, kind, (uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16), (uint8_t)(number >> 24)};
    return sf_symbol_fold(sf_symbol_hash(bytes, sizeof bytes, key));
}

void sf_rename_literals(const uint8_t key[16], uint32_t *number, uint32_t *string)
{
    *number = coded(SF_CLASS_NUMBER, 0, key);
    *string = coded(SF_CLASS_STRING, 0, key);
}

sf_status sf_rename(const uint32_t *lexemes, const uint8_t *classes, size_t n, uint32_t window, const uint8_t key[16],
                    uint32_t *renamed)
{
    uint32_t number, string;
    sf_rename_literals(key, &number, &string);
    table seen = {0};
    uint32_t *codes = malloc(((size_t)window + 1) * sizeof *codes);
    sf_status status = table_create(&seen, n);
    if (codes == NULL)
        status = SF_ERR_MEMORY;
    if (status == SF_OK) {
        for (uint32_t distance = 0; distance <= window; distance++)
            codes[distance] = coded(SF_CLASS_IDENTIFIER, distance, key);
        for (size_t i = 0; i < n; i++) {
            if (classes[i] == SF_CLASS_NUMBER)
                renamed[i] = number;
            else if (classes[i] == SF_CLASS_STRING)
                renamed[i] = string;
            else if (classes[i] != SF_CLASS_IDENTIFIER || lexemes[i] == 0)
                renamed[i] = lexemes[i];
            else {
                int fresh;
                uint64_t *last = slot(&seen, lexemes[i], &fresh);
                renamed[i] = codes[!fresh && i - *last <= window ? i - *last : 0];
                *last = i;
            }
        }
    }
    table_free(&seen);
    free(codes);
    return status;
}

typedef struct {
    const uint32_t *query, *source;
    const uint8_t *query_classes, *source_classes;
    table there, back; /* name of the query -> name of the source, and back */
    size_t equal;
} pairing;

/* Whether tokens i and j may be paired; then the bijection holds them. */
static int agree(pairing *p, size_t i, size_t j)
{
    uint8_t class = p->query_classes[i];
    uint32_t a = p->query[i], b = p->source[j];
    if (class >= SF_CLASS_COUNT || class != p->source_classes[j] || a == 0 || b == 0)
        return 0;
    if (class == SF_CLASS_FIXED && a != b)
        return 0;
    if (class == SF_CLASS_IDENTIFIER) {
        int new_there, new_back;
        uint64_t *there = slot(&p->there, a, &new_there);
        if (!new_there && *there != b)
            return 0;
        uint64_t *back = slot(&p->back, b, &new_back);
        if (!new_back && *back != a) {
            if (new_there) /* forget it again: it was the last to come, so no probe runs over it */
                p->there.symbols[there - p->there.values] = 0;
            return 0;
        }
        *there = b;
        *back = a;
    }
    p->equal += a == b;
    return 1;
}

sf_status sf_rename_extend(const uint32_t *query_lexemes, const uint8_t *query_classes, size_t qn,
                           const uint32_t *source_lexemes, const uint8_t *source_classes, size_t sn,
                           size_t query_pos, size_t source_pos, size_t length, sf_rename_extent *extent)
{
    if (query_pos > qn || length > qn - query_pos || source_pos > sn || length > sn - source_pos)
        return SF_ERR_ARGUMENT;
    size_t most_left = query_pos < source_pos ? query_pos : source_pos;
    size_t most_right = qn - query_pos < sn - source_pos ? qn - query_pos : sn - source_pos;
    pairing p = {query_lexemes, source_lexemes, query_classes, source_classes, {0}, {0}, 0};
    sf_status status = table_create(&p.there, most_left + most_right + 2);
    if (status == SF_OK)
        status = table_create(&p.back, most_left + most_right + 2);
    if (status == SF_OK) {
        size_t right = 0, left = 0;
        while (right < most_right && agree(&p, query_pos + right, source_pos + right))
            right++;
        while (left < most_left && agree(&p, query_pos - left - 1, source_pos - left - 1))
            left++;
        *extent = (sf_rename_extent){left, right, p.equal};
    }
    table_free(&p.there);
    table_free(&p.back);
    return status;
}

static int is_name(uint32_t symbol, const uint32_t *names, size_t w)
{
    size_t low = 0, high = w;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (names[middle] < symbol)
            low = middle + 1;
        else
            high = middle;
    }
    return low < w && names[low] == symbol;
}

static int may_answer(uint32_t mine, uint8_t class, uint32_t theirs, const uint32_t *names, size_t w)
{
    return theirs != 0 && (mine == theirs || (class == SF_CLASS_IDENTIFIER && is_name(theirs, names, w)));
}

sf_status sf_rename_may_reach(const uint32_t *renamed, const uint8_t *classes, size_t n, const uint32_t *source, size_t sn,
                              const uint32_t *names, size_t w, const uint32_t *query, const uint64_t *there, const uint32_t *length,
                              size_t m, size_t least, uint8_t *may)
{
    for (size_t run = 0; run < m; run++) {
        size_t i = query[run], j = there[run], reach = length[run];
        if (i > n || reach > n - i || j > sn || reach > sn - j)
            return SF_ERR_ARGUMENT;
        for (size_t k = 1; reach < least && k <= i && k <= j; k++, reach++)
            if (!may_answer(renamed[i - k], classes[i - k], source[j - k], names, w))
                break;
        for (size_t k = length[run]; reach < least && k < n - i && k < sn - j; k++, reach++)
            if (!may_answer(renamed[i + k], classes[i + k], source[j + k], names, w))
                break;
        may[run] = reach >= least;
    }
    return SF_OK;
}
