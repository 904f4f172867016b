/* sf_repeat: every window of k tokens that stands in a text before, by its suffix array (Lee et al., ACL 2022).
 *
 * A repeated run of k tokens or more is a run of repeated windows, so marking windows marks all of them, whatever their length. Windows
 * that hold the separator (symbol 0) or reach over the end are none. Within a group of equal windows the one at the lowest place is the
 * origin; it stays, the others are repeats.
 */
#ifndef SIMFILTER_SF_REPEAT_H
#define SIMFILTER_SF_REPEAT_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* Repeats of windows that occur more than `times` times.
 *
 * symbols  [n]         read
 * sa       [n]         read: its suffix array (sf_suffix_build32)
 * place    [capacity]  written: where a repeat begins, grouped by window, in no order inside
 * origin   [capacity]  written: where its origin begins
 * count                set: how many there are, also when that is more than capacity
 *
 * SF_ERR_CAPACITY when they do not fit: what is written is of no use, and *count says how much is needed. SF_ERR_ARGUMENT if k or times is
 * 0 or n >= 2^31; SF_ERR_FORMAT if an entry of sa is not below n. No allocation. Cost O(n) comparisons of at most k symbols.
 */
sf_status sf_repeat_windows(const uint32_t *symbols, size_t n, const int32_t *sa, uint32_t k, uint32_t times, uint32_t *place,
                            uint32_t *origin, size_t capacity, size_t *count);

#endif
