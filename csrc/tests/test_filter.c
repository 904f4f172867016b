#include "simfilter/sf_filter.h"

#include <string.h>

#include "check.h"
#include "simfilter/sf_kgram.h"

enum { KEYS = 20000, OTHERS = 200000 };

static uint64_t keys[KEYS], others[OTHERS];
static uint8_t hits[OTHERS];

int main(void)
{
    size_t size, count;
    sf_filter_view view;

    CHECK(sf_filter_size((size_t)1 << 60, &size) == SF_ERR_ARGUMENT);
    CHECK(sf_filter_size(0, &size) == SF_OK && size == 64);
    uint8_t small[64];
    CHECK(sf_filter_build(NULL, 0, small, 64) == SF_OK && sf_filter_open(small, 64, &view) == SF_OK);
    uint64_t zero[2] = {0, 42};
    CHECK(sf_filter_contains(&view, zero, 2, hits, &count) == SF_OK && count == 0 && !hits[0] && !hits[1]);

    for (int i = 0; i < KEYS; i++)
        keys[i] = draw();
    for (int i = 0; i < OTHERS; i++)
        others[i] = draw();
    keys[KEYS - 1] = 0;
    CHECK(sf_filter_size(KEYS, &size) == SF_OK);
    uint8_t *bytes = malloc(size);
    CHECK(sf_filter_build(keys, KEYS, bytes, size - 1) == SF_ERR_CAPACITY);
    CHECK(sf_filter_build(keys, KEYS, bytes, size) == SF_OK && sf_filter_open(bytes, size, &view) == SF_OK);
    CHECK(sf_filter_contains(&view, keys, KEYS, hits, &count) == SF_OK && count == KEYS - 1); /* no false negative; 0 is no key */
    CHECK(sf_filter_contains(&view, others, OTHERS, hits, &count) == SF_OK);
    CHECK(count < OTHERS / 50); /* about 1 in 100 */

    CHECK(sf_filter_open(bytes, size - 32, &view) == SF_ERR_FORMAT && sf_filter_open(bytes, 63, &view) == SF_ERR_FORMAT);
    CHECK(sf_filter_open(NULL, 0, &view) == SF_ERR_FORMAT);
    for (int i = 0; i < 16; i++) { /* any other magic or count is refused */
        bytes[i] ^= 0x10;
        CHECK(sf_filter_open(bytes, size, &view) == SF_ERR_FORMAT);
        bytes[i] ^= 0x10;
    }
    for (size_t i = 32; i < size; i++)
        bytes[i] = (uint8_t)draw(); /* any blocks are safe */
    CHECK(sf_filter_open(bytes, size, &view) == SF_OK && sf_filter_contains(&view, others, OTHERS, hits, &count) == SF_OK);
    free(bytes);

    const uint32_t text[12] = {5, 6, 7, 8, 9, 5, 6, 0, 7, 8, 9, 5};
    uint64_t known[2];
    sf_filter_view two[2];
    uint8_t first[64], second[64], runs[10];
    CHECK(sf_kgram_hash(text + 2, 4, 3, 7, known, 2) == SF_OK);
    CHECK(sf_filter_build(known, 1, first, 64) == SF_OK && sf_filter_open(first, 64, &two[0]) == SF_OK);      /* 7 8 9 */
    CHECK(sf_filter_build(known + 1, 1, second, 64) == SF_OK && sf_filter_open(second, 64, &two[1]) == SF_OK); /* 8 9 5 */
    CHECK(sf_filter_runs(two, 1, text, 12, 3, 7, runs, &count) == SF_OK && count == 2);
    const uint8_t by_one[10] = {0, 0, 1, 0, 0, 0, 0, 0, 1, 0}, by_both[10] = {0, 0, 1, 1, 0, 0, 0, 0, 1, 1};
    CHECK(memcmp(runs, by_one, sizeof runs) == 0);
    CHECK(sf_filter_runs(two, 2, text, 12, 3, 7, runs, &count) == SF_OK && count == 4 && memcmp(runs, by_both, sizeof runs) == 0);
    CHECK(sf_filter_runs(two, 2, text, 2, 3, 7, runs, &count) == SF_OK && count == 0);
    CHECK(sf_filter_runs(NULL, 0, text, 12, 3, 7, runs, &count) == SF_OK && count == 0 && !runs[2]);
    CHECK(sf_filter_runs(two, 2, text, 12, 0, 7, runs, &count) == SF_ERR_ARGUMENT);
    return CHECK_DONE("filter");
}
