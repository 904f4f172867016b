/* sf_position: byte positions of tokens, kept in two bytes each.
 *
 * A token states its gap to the token before and its length. Every SF_POSITION_STRIDE tokens a checkpoint states the start outright, and
 * what does not fit a byte is an exception: three numbers, the token, its start and its end; these ascend by token.
 */
#ifndef SIMFILTER_SF_POSITION_H
#define SIMFILTER_SF_POSITION_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

#define SF_POSITION_STRIDE 64

typedef struct {
    const uint8_t *gaps, *lengths;  /* [n] */
    const uint64_t *checkpoints;    /* [n / SF_POSITION_STRIDE, rounded up] */
    const uint64_t *exceptions;     /* [count, 3] */
    size_t n, count;
} sf_positions;

/* Write where the tokens first .. last (half-open) start and end to starts, ends [last - first].
 *
 * SF_ERR_ARGUMENT when there are no such tokens, SF_ERR_FORMAT when the exceptions on the way do not ascend. Damaged bytes give other
 * positions, in any order: the caller looks whether they stand in its text.
 */
sf_status sf_position_unpack(const sf_positions *packed, size_t first, size_t last, int64_t *starts, int64_t *ends);

/* The document each of n tokens stands in: holding[i] is the last whose first token, of the ascending starts [documents], is not behind it;
 * -1 where all are. */
void sf_position_documents(const uint64_t *starts, size_t documents, const uint64_t *tokens, size_t n, int64_t *holding);

#endif
