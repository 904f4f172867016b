/* sf_text: the text view. UTF-8 in, words out: a symbol each, and the bytes it came from.
 *
 * A token is what a reader would call the same word, however it is written: case, accents, compatibility
 * forms, look-alike letters, invisible characters, hyphenation, line prefixes and letter spacing do not
 * show in it. The rules and their reasons stand at the head of csrc/src/sf_text.c; the tables come from
 * csrc/generate_tables.py.
 *
 * The text may hold any bytes. What is not UTF-8 (surrogates included) separates words. Spans are half-open
 * byte ranges, in order, never empty, never overlapping, and run from the first to the last visible
 * character that made the token. Cost O(size) on every input; no allocation.
 */
#ifndef SIMFILTER_SF_TEXT_H
#define SIMFILTER_SF_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* Normalised bytes never exceed this many times the bytes of the text (U+FDFA: 3 bytes become 30). */
#define SF_TEXT_GROWTH 10

/* No token has more normalised bytes: a longer word is cut after the letter that brings it to 192. */
#define SF_TEXT_TOKEN_SIZE 512

/* Cut a text into tokens.
 *
 * bytes    [size]      read; may be NULL when size is 0
 * symbols  [capacity]  written: the first *count entries; sf_symbol_fold(sf_symbol_hash(normalised token))
 * starts   [capacity]  likewise
 * ends     [capacity]  likewise
 * count                set, also on failure: how many entries were written
 *
 * A capacity of size always suffices. SF_ERR_CAPACITY when the arrays are too small; SF_ERR_ARGUMENT when
 * size needs more than 32 bits.
 */
sf_status sf_text_tokenize(const uint8_t *bytes, size_t size, const uint8_t key[16], uint32_t *symbols,
                           uint32_t *starts, uint32_t *ends, size_t capacity, size_t *count);

/* A short word of ASCII letters as it stands in a text, and its symbol. */
typedef struct {
    uint64_t first, second; /* its bytes, then zeros */
    uint32_t symbol;
} sf_text_known;

#define SF_TEXT_KNOWN_BITS 13
#define SF_TEXT_KNOWN ((size_t)1 << SF_TEXT_KNOWN_BITS)

/* The same tokens, with a memory for words met before: for callers that cut many texts under one key.
 *
 * known  [SF_TEXT_KNOWN]  read and written: all zero at first, afterwards whatever calls under the same key left there; or NULL
 */
sf_status sf_text_tokenize_known(const uint8_t *bytes, size_t size, const uint8_t key[16], sf_text_known *known, uint32_t *symbols,
                                 uint32_t *starts, uint32_t *ends, size_t capacity, size_t *count);

/* The same tokens, of a text that may go on.
 *
 * fixed   set: whatever follows, the first *fixed tokens stay, and the rest are those of the bytes from starts[*fixed] on, read
 *         alone (of all bytes where *fixed is 0). So a text that grows is read once, and a few words of its end again.
 *
 * The text must end with a whole character. Where nothing can be read on from (one-letter words, Greek capitals after Greek), *fixed
 * stays behind; it is 0 until three words are there.
 */
sf_status sf_text_tokenize_growing(const uint8_t *bytes, size_t size, const uint8_t key[16], uint32_t *symbols,
                                   uint32_t *starts, uint32_t *ends, size_t capacity, size_t *count, size_t *fixed);

/* The same tokens as text instead of symbols, one after the other in out: token i ends at out_ends[i] and
 * begins where token i - 1 ends. With this a match is verified text against text.
 *
 * out       [out_capacity]  written: the first *out_size bytes; SF_TEXT_GROWTH * size always suffices
 * out_ends  [capacity]      written, as starts and ends are
 */
sf_status sf_text_normalize(const uint8_t *bytes, size_t size, uint8_t *out, size_t out_capacity,
                            uint32_t *out_ends, uint32_t *starts, uint32_t *ends, size_t capacity,
                            size_t *count, size_t *out_size);

/* The version of Unicode the tables were made from, e.g. "14.0.0": for the parameters digest of an index. */
const char *sf_text_unicode(void);

#endif
