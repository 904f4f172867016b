#include "simfilter/sf_repeat.h"

#include <string.h>

#include "check.h"
#include "simfilter/sf_suffix.h"

enum { N = 120 };

/* First place of the window at i and how often it occurs; 0 times if it is no window. */
static size_t occurrences(const uint32_t *symbols, size_t n, size_t i, uint32_t k, size_t *first)
{
    size_t times = 0;
    *first = n;
    if (i + k > n)
        return 0;
    for (uint32_t j = 0; j < k; j++)
        if (symbols[i + j] == 0)
            return 0;
    for (size_t other = 0; other + k <= n; other++)
        if (memcmp(symbols + i, symbols + other, k * sizeof *symbols) == 0) {
            times++;
            if (*first == n)
                *first = other;
        }
    return times;
}

int main(void)
{
    uint32_t symbols[N], place[N], origin[N];
    int32_t sa[N];
    size_t count;

    for (int trial = 0; trial < 400; trial++) {
        size_t n = draw() % N, expected = 0, first;
        uint32_t k = 1 + (uint32_t)(draw() % 6), times = 1 + (uint32_t)(draw() % 3);
        for (size_t i = 0; i < n; i++)
            symbols[i] = (uint32_t)(draw() % 4);
        CHECK(sf_suffix_build32(symbols, n, sa) == SF_OK);
        CHECK(sf_repeat_windows(symbols, n, sa, k, times, place, origin, N, &count) == SF_OK);
        for (size_t i = 0; i < n; i++)
            expected += occurrences(symbols, n, i, k, &first) > times && first != i;
        CHECK(count == expected);
        for (size_t i = 0; i < count; i++)
            CHECK(occurrences(symbols, n, place[i], k, &first) > times && first == origin[i]);
        if (expected) {
            CHECK(sf_repeat_windows(symbols, n, sa, k, times, place, origin, expected - 1, &count) == SF_ERR_CAPACITY);
            CHECK(count == expected);
        }
    }
    CHECK(sf_repeat_windows(symbols, 0, sa, 1, 1, place, origin, N, &count) == SF_OK && count == 0);
    CHECK(sf_repeat_windows(symbols, 4, sa, 0, 1, place, origin, N, &count) == SF_ERR_ARGUMENT);
    CHECK(sf_repeat_windows(symbols, 4, sa, 1, 0, place, origin, N, &count) == SF_ERR_ARGUMENT);
    sa[0] = 9;
    CHECK(sf_repeat_windows(symbols, 1, sa, 1, 1, place, origin, N, &count) == SF_ERR_FORMAT);
    return CHECK_DONE("repeat");
}
