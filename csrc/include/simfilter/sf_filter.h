/* sf_filter: n-gram filter, membership of 64-bit hashes without false negatives.
 *
 * A split-block Bloom filter: every key sets one bit in each of the eight 32-bit words of one 32-byte block, so that a query touches
 * one cache line. The bytes are the memory it is used from (FORMATS.md); opening checks them, and any bytes that open are safe to query.
 */
#ifndef SIMFILTER_SF_FILTER_H
#define SIMFILTER_SF_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* View into the caller's bytes; owns nothing. */
typedef struct {
    const uint8_t *blocks;
    uint32_t block_count;
} sf_filter_view;

/* Bytes a filter over n keys takes. SF_ERR_ARGUMENT if n needs 2^32 blocks or more. */
sf_status sf_filter_size(size_t n, size_t *size);

/* Build over hashes [n] (duplicates are allowed and cost room; 0 is passed over) into bytes [size], size from sf_filter_size(n).
 * SF_ERR_CAPACITY if size differs. Cost O(n), no allocation. */
sf_status sf_filter_build(const uint64_t *hashes, size_t n, uint8_t *bytes, size_t size);

/* Look at bytes [size] as a filter. SF_ERR_FORMAT if they are none. */
sf_status sf_filter_open(const uint8_t *bytes, size_t size, sf_filter_view *view);

/* hits[i] = 1 when hashes[i] may be a key, 0 when it is certainly none (always for hash 0); *count = number of ones. */
sf_status sf_filter_contains(const sf_filter_view *view, const uint64_t *hashes, size_t n, uint8_t *hits, size_t *count);

/* The same of many filters: 1 where any of them may have the hash. more [n]: room. */
sf_status sf_filter_any(const sf_filter_view *filters, size_t filter_count, const uint64_t *hashes, size_t n, uint8_t *hits, uint8_t *more,
                        size_t *count);

/* Which runs of k tokens any of the filters may have, whose keys are their hashes (sf_kgram_hash with this seed).
 *
 * tokens  [n]          read
 * hits    [n - k + 1]  written, as sf_filter_any does
 *
 * Allocates O(n). SF_ERR_ARGUMENT if k is 0; SF_ERR_MEMORY. */
sf_status sf_filter_runs(const sf_filter_view *filters, size_t filter_count, const uint32_t *tokens, size_t n, uint32_t k, uint64_t seed,
                         uint8_t *hits, size_t *count);

#endif
