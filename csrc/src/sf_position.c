#include "simfilter/sf_position.h"

/* The first exception of a token from `token` on. */
static size_t exception_of(const sf_positions *packed, size_t token)
{
    size_t low = 0, high = packed->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (packed->exceptions[3 * middle] < token)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

sf_status sf_position_unpack(const sf_positions *packed, size_t first, size_t last, int64_t *starts, int64_t *ends)
{
    if (first > last || last > packed->n)
        return SF_ERR_ARGUMENT;
    size_t token = first - first % SF_POSITION_STRIDE, odd = exception_of(packed, token);
    uint64_t start, end = 0;
    for (; token < last; token++) {
        const uint64_t *exception = packed->exceptions + 3 * odd;
        if (odd < packed->count && exception[0] == token) {
            start = exception[1];
            end = exception[2];
            odd++;
        } else if (odd < packed->count && exception[0] < token) {
            return SF_ERR_FORMAT;
        } else {
            start = token % SF_POSITION_STRIDE ? end + packed->gaps[token] : packed->checkpoints[token / SF_POSITION_STRIDE];
            end = start + packed->lengths[token];
        }
        if (token >= first) {
            starts[token - first] = (int64_t)start;
            ends[token - first] = (int64_t)end;
        }
    }
    return SF_OK;
}

void sf_position_documents(const uint64_t *starts, size_t documents, const uint64_t *tokens, size_t n, int64_t *holding)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t *first = starts;
        for (size_t left = documents, half; left > 1; left -= half) { /* without a branch to mispredict */
            half = left / 2;
            first += first[half] <= tokens[i] ? half : 0;
        }
        holding[i] = documents && *first <= tokens[i] ? first - starts : -1;
    }
}
