/* sf_minhash: signatures whose agreement estimates the resemblance (Jaccard) of two sets of 64-bit hashes.
 *
 * Fast similarity sketching (Dahlgaard, Knudsen, Thorup, FOCS 2017): each hash falls into one of m bins and each bin keeps its least value,
 * so a set of n is signed in O(n + m log m) instead of O(n m). While a bin is empty the whole set is hashed again; so the estimate is
 * unbiased and as sharp as that of m permutations for sets of every size, and LSH bands keep their promise on short documents. An empty set
 * has all values SF_MINHASH_EMPTY. Defined in FORMATS.md.
 */
#ifndef SIMFILTER_SF_MINHASH_H
#define SIMFILTER_SF_MINHASH_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

#define SF_MINHASH_EMPTY UINT32_MAX

/* Sign hashes [n] (duplicates change nothing; 0 is passed over) into signature [m]. SF_ERR_ARGUMENT unless 1 <= m <= 65,536. */
sf_status sf_minhash_sign(const uint64_t *hashes, size_t n, uint64_t seed, uint32_t *signature, size_t m);

/* Share of equal values of two signatures [m]; two empty sets resemble each other by 1. SF_ERR_ARGUMENT if m == 0. */
sf_status sf_minhash_resemblance(const uint32_t *a, const uint32_t *b, size_t m, double *resemblance);

#endif
