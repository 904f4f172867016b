/* sf_chain: exact matches that lie in the same order in query and source, joined over gaps (chaining as in minimap2, Li 2018).
 *
 * A chain's score is the sum of its anchors' weights minus gap_cost for each token between two anchors, on both sides. The best chain that
 * ends in each anchor is found by dynamic programming over anchors in query order with a Fenwick tree over source order: O(n log n). Where
 * two anchors overlap the later gives up the overlap and its weight; the tree does not see that, so such a chain may be second best.
 */
#ifndef SIMFILTER_SF_CHAIN_H
#define SIMFILTER_SF_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

#define SF_CHAIN_NONE UINT32_MAX

/* Chain n anchors: length[i] equal tokens at query[i] and source[i], worth weight[i] > 0, sorted by query, then source.
 *
 * max_gap   tokens between two anchors of a chain, on either side: a chain is cut where there are more
 * chain     [n]  written: the number of the chain an anchor belongs to, SF_CHAIN_NONE where the anchor is part of none. Chains are
 *                numbered from 0, the heaviest first; within one, anchors start after each other on both sides but may overlap.
 * chains         written: how many there are
 *
 * Every anchor is taken by the heaviest chain that wants it. Allocates O(n). SF_ERR_ARGUMENT if anchors are not sorted, n >= 2^32 - 1, or
 * gap_cost is not positive; SF_ERR_MEMORY.
 */
sf_status sf_chain(const uint32_t *query, const uint64_t *source, const uint32_t *length, const float *weight, size_t n, float gap_cost,
                   uint32_t max_gap, uint32_t *chain, size_t *chains);

#endif
