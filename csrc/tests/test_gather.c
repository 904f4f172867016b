#include "simfilter/sf_gather.h"

#include "check.h"

static const sf_gather_limits LIMITS = {64, 16, 8, 20, 0.4};

static void finds_every_hash(void)
{
    uint32_t pairs[400], hashes[802];
    uint64_t low[802], high[802];
    size_t p = 0;
    for (uint32_t value = 0; value < 100; value++) /* a heap of equal ones, and both ends of the range */
        for (uint32_t k = 0; k < (value == 50 ? 200 : 1); k++)
            pairs[p++] = value == 99 ? UINT32_MAX : value * 43000000u;
    for (uint32_t i = 0; i < 401; i++) {
        hashes[2 * i] = i < p ? pairs[i] : 7;
        hashes[2 * i + 1] = hashes[2 * i] + 1;
    }
    sf_gather_find(pairs, p, hashes, 802, low, high);
    for (size_t i = 0; i < 802; i++) {
        size_t first = 0, last;
        while (first < p && pairs[first] < hashes[i])
            first++;
        for (last = first; last < p && pairs[last] == hashes[i];)
            last++;
        CHECK(low[i] == first && high[i] == last);
    }
    sf_gather_find(pairs, 0, hashes, 2, low, high);
    CHECK(low[0] == 0 && high[0] == 0 && low[1] == 0 && high[1] == 0);
}

static void gathers_what_lies_together(void)
{
    /* Three seeds in the second document, one of them twice, and a light one in the first. */
    uint32_t query[] = {4, 5, 5, 9, 2};
    uint64_t source[] = {130, 131, 140, 135, 3}, firsts[] = {0, 100, 300};
    double bits[] = {12, 11, 11, 10, 9};
    sf_gather_window windows[8];
    size_t count = 0;
    CHECK(sf_gather(query, source, bits, 5, 30, firsts, 2, &LIMITS, windows, 8, &count) == SF_OK);
    CHECK(count == 1 && windows[0].document == 1 && windows[0].bits == 33);
    CHECK(windows[0].query[0] == 0 && windows[0].query[1] == 27);
    CHECK(windows[0].source[0] == 114 && windows[0].source[1] == 158);
}

static void refuses_what_cannot_be(void)
{
    uint32_t query[] = {0};
    uint64_t source[] = {300}, firsts[] = {0, 100, 300};
    double bits[] = {30};
    sf_gather_window windows[1];
    size_t count = 1;
    CHECK(sf_gather(query, source, bits, 1, 30, firsts, 2, &LIMITS, windows, 1, &count) == SF_ERR_ARGUMENT);
    source[0] = 1;
    CHECK(sf_gather(query, source, bits, 1, 1, firsts, 2, &LIMITS, windows, 1, &count) == SF_ERR_ARGUMENT);
    CHECK(sf_gather(query, source, bits, 1, 2, firsts, 0, &LIMITS, windows, 1, &count) == SF_ERR_ARGUMENT);
    CHECK(sf_gather(query, source, bits, 1, 2, firsts, 2, &LIMITS, windows, 1, &count) == SF_OK && count == 1);
    CHECK(sf_gather(query, source, bits, 0, 2, firsts, 2, &LIMITS, windows, 1, &count) == SF_OK && count == 0);
}

int main(void)
{
    finds_every_hash();
    gathers_what_lies_together();
    refuses_what_cannot_be();
    return CHECK_DONE("gather");
}
