/* Why fast similarity sketching and not optimal densification (Shrivastava, ICML 2017), which stood here before: a densified signature of a
 * set smaller than m repeats the few values it has, so its bands fail together. With rounds the bands miss none of 2,383 pairs of short
 * statutes, as theory has it (tests/quality/test_dedup.py).
 */
#include "simfilter/sf_minhash.h"

#include "sf_mix.h"

/* The bin and value that a hash offers in the round of a salt. */
static inline uint32_t offer(uint64_t hash, uint64_t salt, size_t m, uint32_t *bin)
{
    uint64_t mixed = sf_mix(hash ^ salt);
    uint32_t value = (uint32_t)mixed;
    *bin = sf_scale((uint32_t)(mixed >> 32), (uint32_t)m);
    return value - (value == SF_MINHASH_EMPTY);
}

/* The first round: every hash offers a value to a bin, which keeps the least. Stores without asking, as half of the answers would surprise the
 * processor. Returns how many bins are filled. */
static size_t first_round(const uint64_t *hashes, size_t n, uint64_t salt, uint32_t *signature, size_t m)
{
    size_t filled = 0;
    for (size_t i = 0; i < n; i++) {
        if (hashes[i] == 0)
            continue;
        uint32_t bin, value = offer(hashes[i], salt, m, &bin), held = signature[bin];
        filled += held == SF_MINHASH_EMPTY;
        signature[bin] = value < held ? value : held;
    }
    return filled;
}

/* A later round, for the bins that were empty before it. */
static size_t later_round(const uint64_t *hashes, size_t n, uint64_t salt, uint32_t *signature, size_t m, const uint8_t *taken)
{
    size_t filled = 0;
    for (size_t i = 0; i < n; i++) {
        if (hashes[i] == 0)
            continue;
        uint32_t bin, value = offer(hashes[i], salt, m, &bin);
        if (taken[bin >> 3] >> (bin & 7) & 1)
            continue;
        filled += signature[bin] == SF_MINHASH_EMPTY;
        if (value < signature[bin])
            signature[bin] = value;
    }
    return filled;
}

sf_status sf_minhash_sign(const uint64_t *hashes, size_t n, uint64_t seed, uint32_t *signature, size_t m)
{
    if (m == 0 || m > 65536)
        return SF_ERR_ARGUMENT;
    for (size_t bin = 0; bin < m; bin++)
        signature[bin] = SF_MINHASH_EMPTY;
    size_t filled = first_round(hashes, n, sf_mix(seed + SF_GOLDEN), signature, m);
    if (filled == 0)
        return SF_OK;
    uint8_t taken[65536 / 8];
    for (uint64_t round = 1; filled < m && round < m; round++) {
        for (size_t byte = 0; byte < (m + 7) / 8; byte++)
            taken[byte] = 0;
        for (size_t bin = 0; bin < m; bin++)
            if (signature[bin] != SF_MINHASH_EMPTY)
                taken[bin >> 3] |= (uint8_t)(1U << (bin & 7));
        filled += later_round(hashes, n, sf_mix(seed + (round + 1) * SF_GOLDEN), signature, m, taken);
    }
    for (size_t bin = 0; filled < m && bin < m; bin++) { /* a set so small that chance would take long: each bin by itself */
        if (signature[bin] != SF_MINHASH_EMPTY)
            continue;
        filled++;
        uint64_t salt = sf_mix(seed + (m + bin + 1) * SF_GOLDEN);
        for (size_t i = 0; i < n; i++) {
            uint32_t value = (uint32_t)sf_mix(hashes[i] ^ salt);
            value -= value == SF_MINHASH_EMPTY;
            if (hashes[i] && value < signature[bin])
                signature[bin] = value;
        }
    }
    return SF_OK;
}

sf_status sf_minhash_resemblance(const uint32_t *a, const uint32_t *b, size_t m, double *resemblance)
{
    if (m == 0)
        return SF_ERR_ARGUMENT;
    size_t equal = 0;
    for (size_t i = 0; i < m; i++)
        equal += a[i] == b[i];
    *resemblance = (double)equal / (double)m;
    return SF_OK;
}
