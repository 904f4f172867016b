/* Why no LCP array: only "at least k" is asked of neighbours in the order, and most differ in their first few symbols; so a comparison
 * costs less than the pass that fills the array, and four bytes a token are saved.
 */
#include "simfilter/sf_repeat.h"

/* Whether the windows at a and b are equal, whole, and without separator. */
static int equal(const uint32_t *symbols, size_t n, size_t a, size_t b, uint32_t k)
{
    if (n - a < k || n - b < k)
        return 0;
    for (uint32_t i = 0; i < k; i++)
        if (symbols[a + i] != symbols[b + i] || symbols[a + i] == 0)
            return 0;
    return 1;
}

sf_status sf_repeat_windows(const uint32_t *symbols, size_t n, const int32_t *sa, uint32_t k, uint32_t times, uint32_t *place,
                            uint32_t *origin, size_t capacity, size_t *count)
{
    *count = 0;
    if (k == 0 || times == 0 || n >= (size_t)1 << 31)
        return SF_ERR_ARGUMENT;
    for (size_t from = 0, to; from < n; from = to) {
        if ((uint32_t)sa[from] >= n)
            return SF_ERR_FORMAT;
        size_t first = (size_t)sa[from];
        for (to = from + 1; to < n; to++) {
            if ((uint32_t)sa[to] >= n)
                return SF_ERR_FORMAT;
            if (!equal(symbols, n, (size_t)sa[to - 1], (size_t)sa[to], k))
                break;
            if ((size_t)sa[to] < first)
                first = (size_t)sa[to];
        }
        if (to - from <= times)
            continue;
        for (size_t rank = from; rank < to; rank++) {
            if ((size_t)sa[rank] == first)
                continue;
            if (*count < capacity) {
                place[*count] = (uint32_t)sa[rank];
                origin[*count] = (uint32_t)first;
            }
            ++*count;
        }
    }
    return *count > capacity ? SF_ERR_CAPACITY : SF_OK;
}
