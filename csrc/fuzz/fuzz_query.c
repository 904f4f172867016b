/* Queries against an index of hostile bytes: filter, suffix array, documents. Wrong answers are allowed, harm is not. */
#include "fuzz.h"

#include "simfilter/sf_filter.h"
#include "simfilter/sf_kgram.h"
#include "simfilter/sf_position.h"
#include "simfilter/sf_repeat.h"
#include "simfilter/sf_suffix.h"

enum { MOST = 1 << 10, CAPACITY = 256 };

static void filter_of(input *in)
{
    size_t size = take(in, 1) * 8, found;
    uint8_t *bytes = take_bytes(in, &size), hits[8];
    uint64_t hashes[8];
    sf_filter_view view;
    for (size_t i = 0; i < 8; i++)
        hashes[i] = (uint64_t)take(in, 4) << 32 | i;
    if (sf_filter_open(bytes, size, &view) == SF_OK)
        REQUIRE(sf_filter_contains(&view, hashes, 8, hits, &found) == SF_OK && found <= 8);
    free(bytes);
}

static void suffixes_of(input *in)
{
    size_t n = take(in, 2) % MOST, q = take(in, 1), documents = take(in, 1) % 16 + 1, count;
    int truncated, sorted = take(in, 1) & 1, wide = take(in, 1) & 1;
    uint32_t k = take(in, 1) % 20 + 1, cap = take(in, 1) + 1;
    uint32_t *symbols = room(n, 4), *query = room(q, 4), *length = room(CAPACITY > q ? CAPACITY : q, 4), *at = room(CAPACITY, 4), *families = room(documents, 4);
    int32_t *narrow = room(n, 4);
    int64_t *entries = room(n, 8);
    uint64_t *low = room(CAPACITY > q ? CAPACITY : q, 8), *high = room(q, 8), *starts = room(documents + 1, 8);
    for (size_t i = 0; i < n; i++)
        symbols[i] = take(in, 1) % 8;
    for (size_t i = 0; i < q; i++)
        query[i] = take(in, 1) % 8;
    for (size_t i = 0; i < documents; i++)
        starts[i + 1] = starts[i] + take(in, 1), families[i] = take(in, 1);
    if (sorted)
        REQUIRE(sf_suffix_build32(symbols, n, narrow) == SF_OK && sf_suffix_build64(symbols, n, entries) == SF_OK);
    else
        for (size_t i = 0; i < n; i++)
            narrow[i] = (int32_t)take(in, 2) - 8, entries[i] = narrow[i];
    sf_suffix_view view = {symbols, n, wide ? (const void *)entries : (const void *)narrow, wide ? 8 : 4, NULL, NULL, 0};
    uint64_t base = 0;
    sf_status status = sf_suffix_mems(&view, &base, 1, query, q, NULL, k, cap, at, low, length, CAPACITY, &count, &truncated);
    REQUIRE(count <= CAPACITY && (status == SF_OK || !sorted));
    for (size_t i = 0; i < count && sorted; i++) {
        REQUIRE(length[i] >= k && at[i] + length[i] <= q && low[i] + length[i] <= n);
        REQUIRE(memcmp(query + at[i], symbols + low[i], 4 * (size_t)length[i]) == 0);
    }
    uint64_t first, last;
    if (sf_suffix_find(&view, query, q < k ? q : k, &first, &last) == SF_OK) {
        REQUIRE(first <= last && last <= n);
        if (sf_suffix_documents(&view, first, last, starts, documents, families, 64, &count) == SF_OK)
            REQUIRE(count <= 64);
    }
    status = sf_suffix_statistics(&view, query, q, length, low, high);
    for (size_t i = 0; i < q && status == SF_OK; i++)
        REQUIRE(length[i] <= q - i && low[i] <= high[i] && high[i] <= n);
    if (!wide) {
        uint32_t *place = room(n, 4), *origin = room(n, 4);
        status = sf_repeat_windows(symbols, n, narrow, k, 1, place, origin, n, &count);
        for (size_t i = 0; i < count && status == SF_OK; i++)
            REQUIRE(place[i] < n && origin[i] < n);
        free(place), free(origin);
    }
    free(symbols), free(query), free(length), free(at), free(families), free(narrow), free(entries), free(low), free(high), free(starts);
}

static void positions_of(input *in)
{
    size_t n = take(in, 2) % MOST, count = take(in, 1) % 32, blocks = (n + SF_POSITION_STRIDE - 1) / SF_POSITION_STRIDE;
    size_t first = take(in, 2) % (n + 1), last = first + take(in, 2) % (n + 1 - first);
    uint64_t *checkpoints = room(blocks, 8), *exceptions = room(3 * count, 8);
    int64_t *starts = room(last - first, 8), *ends = room(last - first, 8);
    for (size_t i = 0; i < blocks; i++)
        checkpoints[i] = (uint64_t)take(in, 4) << 32 | take(in, 1);
    for (size_t i = 0; i < 3 * count; i++)
        exceptions[i] = i % 3 ? (uint64_t)take(in, 4) << 32 : take(in, 2);
    size_t size = n;
    uint8_t *gaps = room(n, 1), *lengths = room(n, 1), *rest = take_bytes(in, &size);
    memcpy(gaps, rest, size);
    memcpy(lengths, rest, size);
    sf_positions packed = {gaps, lengths, checkpoints, exceptions, n, count};
    sf_status status = sf_position_unpack(&packed, first, last, starts, ends);
    REQUIRE(status == SF_OK || status == SF_ERR_FORMAT);
    REQUIRE(sf_position_unpack(&packed, first, n + 1, starts, ends) == SF_ERR_ARGUMENT);
    free(checkpoints), free(exceptions), free(starts), free(ends), free(gaps), free(lengths), free(rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    uint32_t kind = take(&in, 1);
    if (kind & 1)
        filter_of(&in);
    else if (kind & 2)
        positions_of(&in);
    else
        suffixes_of(&in);
    return 0;
}
