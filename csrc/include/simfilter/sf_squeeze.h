/* sf_squeeze: texts with every run of white space made one space and none at either end.
 *
 * White space is Unicode's property White_Space and U+FEFF, a byte order mark. All other bytes stay as they are, UTF-8 or not. Two texts
 * equal after this differ in layout only: what "exact duplicate" means unless the caller asks for bytes.
 */
#ifndef SIMFILTER_SF_SQUEEZE_H
#define SIMFILTER_SF_SQUEEZE_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* Squeeze d texts that stand one after the other.
 *
 * bytes        [offsets[d]]  read
 * offsets      [d + 1]       read, ascending
 * out          [capacity]    written; a capacity of offsets[d] - offsets[0] always suffices
 * out_offsets  [d + 1]       written
 *
 * No allocation. Cost O(bytes). SF_ERR_ARGUMENT if the offsets descend, SF_ERR_CAPACITY.
 */
sf_status sf_squeeze(const uint8_t *bytes, const uint64_t *offsets, size_t d, uint8_t *out, size_t capacity, uint64_t *out_offsets);

#endif
