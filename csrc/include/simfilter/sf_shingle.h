/* sf_shingle: many documents at once, from their bytes to sets of shingles, signatures, and what two sets have in common.
 *
 * A shingle is the hash of a k-gram (sf_kgram.h) as member of a set. A document of fewer than k tokens, and of at least one, has a single
 * shingle, that of all its tokens; so short documents are alike only when equal. A document without tokens has the empty set.
 *
 * Documents stand one after the other in flat arrays; document i is what lies between offsets[i] and offsets[i + 1], offsets [d + 1]
 * ascending. Everything here looks at one document after the other and keeps nothing, so callers may cut a corpus into as many batches
 * and threads as they like and get the same values.
 */
#ifndef SIMFILTER_SF_SHINGLE_H
#define SIMFILTER_SF_SHINGLE_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* Tokens of documents under the text view (sf_text.h), without their places.
 *
 * bytes          [offsets[d]]  read
 * offsets        [d + 1]       read
 * symbols        [capacity]    written: the tokens of all documents; a capacity of offsets[d] always suffices
 * token_offsets  [d + 1]       written
 *
 * Allocates 8 bytes for each byte of the longest document (of which as many are touched as it has tokens) and 200 KB. Cost O(bytes).
 * SF_ERR_ARGUMENT if the offsets descend or a document needs more than 32 bits; SF_ERR_CAPACITY; SF_ERR_MEMORY.
 */
sf_status sf_shingle_tokenize(const uint8_t *bytes, const uint64_t *offsets, size_t d, const uint8_t key[16], uint32_t *symbols,
                              size_t capacity, uint64_t *token_offsets);

/* Signatures [d][m] (sf_minhash.h) of the shingles of documents given as tokens.
 *
 * Allocates 8 bytes for each token of the longest document. Cost O(tokens + d m log m).
 * SF_ERR_ARGUMENT if the offsets descend, k == 0, or m is none for sf_minhash_sign; SF_ERR_MEMORY.
 */
sf_status sf_shingle_sign(const uint32_t *symbols, const uint64_t *offsets, size_t d, uint32_t k, uint64_t kgram_seed, uint64_t seed,
                          uint32_t *signatures, size_t m);

/* The sets themselves, each ascending and without duplicates, one after the other.
 *
 * hashes       [capacity]  written; a capacity of offsets[d] - offsets[0] always suffices
 * set_offsets  [d + 1]     written
 *
 * Allocates 16 bytes for each token of the longest document. Cost O(tokens) expected, as hashes are uniform.
 * SF_ERR_ARGUMENT if the offsets descend or k == 0; SF_ERR_CAPACITY; SF_ERR_MEMORY.
 */
sf_status sf_shingle_sets(const uint32_t *symbols, const uint64_t *offsets, size_t d, uint32_t k, uint64_t kgram_seed, uint64_t *hashes,
                          size_t capacity, uint64_t *set_offsets);

/* Members that a [n] and b [m], both ascending and without duplicates, have in common. Cost O(n + m), or O(n log m) when one is far
 * smaller. */
size_t sf_shingle_common(const uint64_t *a, size_t n, const uint64_t *b, size_t m);

/* common[i] = members that the sets left[i] and right[i] have in common, for p pairs.
 *
 * hashes, offsets  read: d sets as sf_shingle_sets writes them
 *
 * SF_ERR_ARGUMENT at the first pair that names a set that is not there, or whose offsets descend or lie beyond offsets[d]. No allocation;
 * sets that no pair names are not looked at, so the cost does not grow with d.
 */
sf_status sf_shingle_pairs(const uint64_t *hashes, const uint64_t *offsets, size_t d, const uint32_t *left, const uint32_t *right,
                           size_t p, uint32_t *common);

#endif
