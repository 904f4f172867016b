/* sf_align: a chain of exact matches carried to a full alignment.
 *
 * Between two anchors and beyond the outer ones query and source are aligned token by token by dynamic programming (Gotoh 1982: opening an
 * edit costs more than going on with it). Gaps are closed from corner to corner; beyond the outer anchors the alignment goes on as
 * long as it pays, and ends in an equal token.
 */
#ifndef SIMFILTER_SF_ALIGN_H
#define SIMFILTER_SF_ALIGN_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

#define SF_ALIGN_WINDOW 64 /* tokens a side aligned at once: wider gaps stay open, longer extensions go on window by window */

typedef struct {
    float open;   /* what the first of some neighbouring edits costs, */
    float extend; /* and what each edit costs besides: a token changed, put in or left out */
    float drop;   /* an extension is given up this far below its best score */
} sf_align_costs;

/* Align around anchors.
 *
 * query, weight   [qn]  read: symbols, and what an equal token is worth, >= 0
 * source          [sn]  read: symbols of the document, or of a slice of it
 * anchors_*       [m]   read: equal tokens, starting after each other on both sides; where two overlap, the later gives way; length 0 marks
 *                       a place the alignment passes
 * runs_*    [capacity]  written: maximal runs of equal tokens, ascending and disjoint on both sides
 *
 * Symbol 0 equals nothing. A capacity of qn / 2 + m + 2 always suffices; SF_ERR_CAPACITY. SF_ERR_ARGUMENT if m is 0 or an anchor lies
 * outside. No allocation beyond 20 KiB of stack. Cost O(SF_ALIGN_WINDOW) a token.
 */
sf_status sf_align(const uint32_t *query, const float *weight, size_t qn, const uint32_t *source, size_t sn, const uint32_t *anchors_query,
                   const uint32_t *anchors_source, const uint32_t *anchors_length, size_t m, const sf_align_costs *costs,
                   uint32_t *runs_query, uint32_t *runs_source, uint32_t *runs_length, size_t capacity, size_t *count);

#endif
