/* sf_gather: where seeds of statements gather.
 *
 * A seed is two statements of the query that the index knows as neighbours. The pairs of the index are ascending hashes, spread evenly, so
 * a hash is looked for where it should stand and then around that place. Windows lie over statements of query and source, each half over
 * the next; a window's bits are those of the rarest seed at each of its statements of the query.
 */
#ifndef SIMFILTER_SF_GATHER_H
#define SIMFILTER_SF_GATHER_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

typedef struct {
    uint32_t size;         /* windows are twice so many statements, > 0 */
    uint32_t margin;       /* statements on either side of its seeds that belong to a window too */
    uint32_t most;         /* windows over one stretch of the query */
    double least;          /* bits of a window that is told of, */
    double share;          /* and their share of the best window's over the same stretch */
} sf_gather_limits;

/* Statements of one document, half-open, and the bits of their seeds. */
typedef struct {
    uint64_t document, query[2], source[2];
    double bits;
} sf_gather_window;

/* For each of n hashes the half-open range low[i] .. high[i] of the ascending pairs[p] that equal it; empty where there is none. */
void sf_gather_find(const uint32_t *pairs, size_t p, const uint32_t *hashes, size_t n, uint64_t *low, uint64_t *high);

/* The windows in which n seeds gather, the heaviest first.
 *
 * query    [n]  the seed's statement in the query of m statements, < m - 1
 * source   [n]  its statement in the index
 * bits     [n]  what it is worth, > 0, descending
 * firsts   [documents + 1]  the first statement of each document, ascending, and behind the last
 * windows  [capacity]  written; *count tells how many, the lightest are left out where more were found
 *
 * SF_ERR_ARGUMENT when a seed lies in no document or at no statement; SF_ERR_MEMORY. Cost O(n log n + windows * m).
 */
sf_status sf_gather(const uint32_t *query, const uint64_t *source, const double *bits, size_t n, size_t m, const uint64_t *firsts,
                    size_t documents, const sf_gather_limits *limits, sf_gather_window *windows, size_t capacity, size_t *count);

#endif
