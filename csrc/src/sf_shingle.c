/* Why batches of flat arrays: a document of 4 KB is tokenised and signed in about 30 µs, so a call from Python for each of its three steps,
 * and an array for each result, would cost as much again, and would hold the GIL while it does.
 */
#include "simfilter/sf_shingle.h"

#include <stdlib.h>
#include <string.h>

#include "simfilter/sf_kgram.h"
#include "simfilter/sf_minhash.h"
#include "simfilter/sf_text.h"

/* Length of the longest document, or SIZE_MAX when the offsets descend. */
static size_t longest(const uint64_t *offsets, size_t d)
{
    size_t length = 0;
    for (size_t i = 0; i < d; i++) {
        if (offsets[i] > offsets[i + 1])
            return SIZE_MAX;
        if (offsets[i + 1] - offsets[i] > length)
            length = (size_t)(offsets[i + 1] - offsets[i]);
    }
    return length;
}

/* The shingles of one document, as they stand; how many in *count. hashes has room for n. */
static sf_status shingles_of(const uint32_t *symbols, size_t n, uint32_t k, uint64_t seed, uint64_t *hashes, size_t *count)
{
    uint32_t length = n && n < k ? (uint32_t)n : k;
    *count = sf_kgram_count(n, length);
    return sf_kgram_hash(symbols, n, length, seed, hashes, *count);
}

sf_status sf_shingle_tokenize(const uint8_t *bytes, const uint64_t *offsets, size_t d, const uint8_t key[16], uint32_t *symbols,
                              size_t capacity, uint64_t *token_offsets)
{
    size_t room = longest(offsets, d), done = 0;
    if (room == SIZE_MAX || room > UINT32_MAX)
        return SF_ERR_ARGUMENT;
    token_offsets[0] = 0;
    if (room == 0) {
        for (size_t i = 0; i < d; i++)
            token_offsets[i + 1] = 0;
        return SF_OK;
    }
    uint32_t *starts = malloc(2 * room * sizeof *starts);
    sf_text_known *known = calloc(SF_TEXT_KNOWN, sizeof *known);
    sf_status status = starts && known ? SF_OK : SF_ERR_MEMORY;
    for (size_t i = 0; i < d && status == SF_OK; i++) {
        size_t left = capacity - done, count = 0;
        status = sf_text_tokenize_known(bytes + offsets[i], (size_t)(offsets[i + 1] - offsets[i]), key, known, symbols + done, starts,
                                        starts + room, left < room ? left : room, &count);
        done += count;
        token_offsets[i + 1] = done;
    }
    free(known);
    free(starts);
    return status;
}

sf_status sf_shingle_sign(const uint32_t *symbols, const uint64_t *offsets, size_t d, uint32_t k, uint64_t kgram_seed, uint64_t seed,
                          uint32_t *signatures, size_t m)
{
    size_t room = longest(offsets, d);
    if (room == SIZE_MAX || k == 0)
        return SF_ERR_ARGUMENT;
    uint64_t *hashes = malloc((room + 1) * sizeof *hashes);
    if (hashes == NULL)
        return SF_ERR_MEMORY;
    sf_status status = SF_OK;
    for (size_t i = 0; i < d && status == SF_OK; i++) {
        size_t n = (size_t)(offsets[i + 1] - offsets[i]), count = 0;
        status = shingles_of(symbols + offsets[i], n, k, kgram_seed, hashes, &count);
        if (status == SF_OK)
            status = sf_minhash_sign(hashes, count, seed, signatures + i * m, m);
    }
    free(hashes);
    return status;
}

/* ---- sets ---- */

enum { INSERTION = 32 }; /* a bucket holds one hash on average; a larger one than this is repeats, or ill will */

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void sort_bucket(uint64_t *hashes, size_t n)
{
    if (n > INSERTION) {
        qsort(hashes, n, sizeof *hashes, compare);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        uint64_t hash = hashes[i];
        size_t at = i;
        for (; at > 0 && hashes[at - 1] > hash; at--)
            hashes[at] = hashes[at - 1];
        hashes[at] = hash;
    }
}

/* Sort hashes [n] into sorted [n] by their upper bits, which are uniform, then each bucket; drops 0 and duplicates. Scratch: starts has
 * room for 2 n + 2. */
static size_t sort_distinct(const uint64_t *hashes, size_t n, uint64_t *sorted, uint32_t *starts)
{
    unsigned bits = 1;
    while (bits < 31 && (UINT64_C(1) << bits) < n)
        bits++;
    size_t buckets = (size_t)1 << bits, kept = 0;
    memset(starts, 0, (buckets + 1) * sizeof *starts);
    for (size_t i = 0; i < n; i++)
        starts[(hashes[i] >> (64 - bits)) + 1]++;
    for (size_t b = 0; b < buckets; b++)
        starts[b + 1] += starts[b];
    for (size_t i = 0; i < n; i++) /* afterwards starts[b] is where bucket b ends */
        sorted[starts[hashes[i] >> (64 - bits)]++] = hashes[i];
    for (size_t b = 0, from = 0; b < buckets; from = starts[b++])
        sort_bucket(sorted + from, starts[b] - from);
    for (size_t i = 0; i < n; i++)
        if (sorted[i] != 0 && (kept == 0 || sorted[kept - 1] != sorted[i]))
            sorted[kept++] = sorted[i];
    return kept;
}

sf_status sf_shingle_sets(const uint32_t *symbols, const uint64_t *offsets, size_t d, uint32_t k, uint64_t kgram_seed, uint64_t *hashes,
                          size_t capacity, uint64_t *set_offsets)
{
    size_t room = longest(offsets, d), done = 0;
    if (room == SIZE_MAX || room > UINT32_MAX || k == 0)
        return SF_ERR_ARGUMENT;
    uint64_t *scratch = malloc((room + 1) * sizeof *scratch);
    uint32_t *starts = malloc((2 * room + 3) * sizeof *starts);
    sf_status status = scratch && starts ? SF_OK : SF_ERR_MEMORY;
    set_offsets[0] = 0;
    for (size_t i = 0; i < d && status == SF_OK; i++) {
        size_t n = (size_t)(offsets[i + 1] - offsets[i]), count = 0;
        status = shingles_of(symbols + offsets[i], n, k, kgram_seed, scratch, &count);
        if (status == SF_OK && count > capacity - done)
            status = SF_ERR_CAPACITY;
        if (status == SF_OK && count)
            done += sort_distinct(scratch, count, hashes + done, starts);
        set_offsets[i + 1] = done;
    }
    free(scratch);
    free(starts);
    return status;
}

/* ---- comparing ---- */

enum { FAR_SMALLER = 32 }; /* a merge step costs about 1 ns, a search in the larger set about 30 */

static size_t common_by_search(const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
    size_t common = 0, from = 0;
    for (size_t i = 0; i < n && from < m; i++) {
        size_t step = 1, low = from, high;
        while (low + step < m && b[low + step] < a[i]) { /* gallop */
            low += step;
            step *= 2;
        }
        high = low + step < m ? low + step + 1 : m;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (b[middle] < a[i])
                low = middle + 1;
            else
                high = middle;
        }
        common += low < m && b[low] == a[i];
        from = low;
    }
    return common;
}

size_t sf_shingle_common(const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
    if (n > m)
        return sf_shingle_common(b, m, a, n);
    if (n < m / FAR_SMALLER)
        return common_by_search(a, n, b, m);
    size_t common = 0;
    for (size_t i = 0, j = 0; i < n && j < m;) { /* without branches: which side moves is a coin toss */
        uint64_t left = a[i], right = b[j];
        common += left == right;
        i += left <= right;
        j += right <= left;
    }
    return common;
}

sf_status sf_shingle_pairs(const uint64_t *hashes, const uint64_t *offsets, size_t d, const uint32_t *left, const uint32_t *right,
                           size_t p, uint32_t *common)
{
    for (size_t i = 0; i < p; i++) {
        size_t a = left[i], b = right[i];
        if (a >= d || b >= d || offsets[a] > offsets[a + 1] || offsets[a + 1] > offsets[d] || offsets[b] > offsets[b + 1] ||
            offsets[b + 1] > offsets[d])
            return SF_ERR_ARGUMENT;
        common[i] = (uint32_t)sf_shingle_common(hashes + offsets[a], (size_t)(offsets[a + 1] - offsets[a]), hashes + offsets[b],
                                                (size_t)(offsets[b + 1] - offsets[b]));
    }
    return SF_OK;
}
