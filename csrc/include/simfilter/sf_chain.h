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

typedef struct {
    double part;     /* weight a part must have at least, */
    double apart[2]; /* and more for each token between it and its group in query and source */
    size_t most;     /* chains of one document that are grouped; what follows stays alone */
} sf_chain_group_costs;

typedef struct {
    float gap_cost;
    uint32_t max_gap;
    double part, copy;  /* weight of a chain that may be part of a copy, and of a copy */
    size_t documents;   /* that are looked at, those that share most with the query */
    sf_chain_group_costs group;
} sf_chain_costs;

typedef struct {
    uint32_t *anchors;  /* [n] the anchors of all copies: copy by copy, chain by chain, in order */
    uint32_t *chain_end; /* [n] where among them each chain ends */
    double *chain_weight; /* [n] */
    uint32_t *copy_end; /* [n] where among the chains each copy ends */
    size_t copies;
} sf_chain_copies;

/* Propose copies, the heaviest first: chains of n anchors (as for sf_chain), cut where documents end, and those of one document grouped that
 * lie near each other on both sides in whatever order: parts of one copy that were moved about. A chain, the heavier before, joins the first
 * group it is heavy enough for, unless more than half of its tokens of the query are a member's, then it is another copy of the same words,
 * or more than half of its equal tokens are the source's that a member has: then the query says the same again.
 *
 * document  [n]       the document each anchor's source lies in
 * worth     [tokens]  what each token of the query weighs; an anchor weighs what its tokens do. Anchors lie inside the query.
 *
 * Allocates O(n + tokens). Cost O(n log n), and for each document at most `most` times the anchors of its chains. SF_ERR_ARGUMENT as for
 * sf_chain, or if an anchor leaves the query; SF_ERR_MEMORY.
 */
sf_status sf_chain_propose(const uint32_t *query, const uint64_t *source, const uint32_t *length, const uint64_t *document, size_t n,
                           const float *worth, size_t tokens, const sf_chain_costs *costs, sf_chain_copies *found);

/* What each of n tokens is worth by its size: weight[i] = worth[ends[i] - starts[i]], of the sizes [sizes > 0] the last for all beyond. */
void sf_chain_weigh(const uint32_t *starts, const uint32_t *ends, size_t n, const float *worth, size_t sizes, float *weight);

#endif
