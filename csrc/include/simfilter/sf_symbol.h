/* sf_symbol: the 32-bit number a token is compared by.
 *
 * A symbol is the keyed 64-bit SipHash-1-3 of the token's bytes, folded to 32 bits. Without the key nobody
 * can make two tokens collide on purpose, and an index without text gives nothing away. 0 is never
 * produced: it is the separator between documents. The hash reads bytes in little-endian order, so symbols
 * are the same on every platform.
 */
#ifndef SIMFILTER_SF_SYMBOL_H
#define SIMFILTER_SF_SYMBOL_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

#define SF_KEY_SIZE 16

/* SipHash-1-3 of bytes [size]; bytes may be NULL when size is 0. Cost O(size). */
uint64_t sf_symbol_hash(const uint8_t *bytes, size_t size, const uint8_t key[SF_KEY_SIZE]);

/* The upper half xor the lower half; 0 becomes 1. */
uint32_t sf_symbol_fold(uint64_t hash);

/* The symbol of every span of a text.
 *
 * bytes    [size]  read
 * starts   [n]     read, byte offsets
 * ends     [n]     read, starts[i] <= ends[i] <= size
 * symbols  [n]     written
 *
 * Spans may overlap and come in any order. No allocation. Cost O(sum of span sizes). SF_ERR_ARGUMENT at the
 * first span outside the text; symbols before it are written.
 */
sf_status sf_symbol_hash_spans(const uint8_t *bytes, size_t size, const uint32_t *starts,
                               const uint32_t *ends, size_t n, const uint8_t key[SF_KEY_SIZE],
                               uint32_t *symbols);

#endif
