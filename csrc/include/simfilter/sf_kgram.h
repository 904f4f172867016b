/* sf_kgram: hash every window of k consecutive tokens.
 *
 * A document of n tokens has n - k + 1 k-grams, or none when n < k. Hashes depend only on the token values, k and seed: same on every
 * platform, pinned by tests/golden/values.json, defined in FORMATS.md. A window that holds the separator (symbol 0) has the reserved hash
 * 0, and no other window has.
 */
#ifndef SIMFILTER_SF_KGRAM_H
#define SIMFILTER_SF_KGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* Number of k-grams in n tokens; 0 when k == 0. */
size_t sf_kgram_count(size_t n, uint32_t k);

/* Hash all k-grams of a token sequence.
 *
 * tokens   [n]         read
 * hashes   [capacity]  written: the first sf_kgram_count(n, k) entries
 *
 * Caller owns both arrays; they must not overlap. No allocation. Cost O(n), whatever k is.
 * SF_ERR_ARGUMENT if k == 0; SF_ERR_CAPACITY if hashes is too small.
 */
sf_status sf_kgram_hash(const uint32_t *tokens, size_t n, uint32_t k, uint64_t seed, uint64_t *hashes, size_t capacity);

#endif
