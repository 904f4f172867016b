/* sf_lsh: keys of the bands of a MinHash signature (Broder; Leskovec, Rajaraman, Ullman ch. 3).
 *
 * Two sets of resemblance s share at least one key of b bands of r rows with probability 1 - (1 - s^r)^b.
 */
#ifndef SIMFILTER_SF_LSH_H
#define SIMFILTER_SF_LSH_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* Keys [bands] of signature [m], the band's number mixed in. SF_ERR_ARGUMENT if bands or rows is 0 or bands * rows > m. */
sf_status sf_lsh_bands(const uint32_t *signature, size_t m, uint32_t bands, uint32_t rows, uint64_t *keys);

#endif
