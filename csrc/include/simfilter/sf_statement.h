/* sf_statement: code tokens cut into statements, each hashed by itself.
 *
 * sf_rename codes a name by its last occurrence, wherever that is, so that a statement put in between changes what follows. Here a name is
 * coded by its first occurrence within the statement: what stands around a statement does not show in its hash, and statements can be
 * told again after others were set between them or they were moved about.
 */
#ifndef SIMFILTER_SF_STATEMENT_H
#define SIMFILTER_SF_STATEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* Longer statements, tables for the most part, are cut. */
#define SF_STATEMENT_MOST 64

enum {
    SF_STATEMENT_LINES = 1,  /* a line ends a statement, unless a parenthesis or bracket is open */
    SF_STATEMENT_BRACES = 2, /* braces hold blocks; without it they are brackets like any other */
};

/* Find where statements begin: behind `;`, around the braces of blocks, at new lines, as `flags` say; never within ( ) or [ ].
 *
 * bytes                  [size]  read, the source
 * starts, ends, classes  [n]     read, byte offsets and SF_CLASS_ of each token, ascending
 * open                   [n]     scratch
 * first                  [n]     written, the first token of each statement, ascending; *count of them
 *
 * SF_ERR_ARGUMENT when an offset lies outside `bytes`. No allocation, one pass over the tokens and the bytes between them.
 */
sf_status sf_statement_starts(const uint8_t *bytes, size_t size, const uint32_t *starts, const uint32_t *ends, const uint8_t *classes,
                              size_t n, uint32_t flags, uint8_t *open, uint32_t *first, size_t *count);

/* Hash each statement: FIXED tokens by their lexeme, NUMBER and STRING tokens as one each, an identifier by where in the statement it
 * stood first.
 *
 * lexemes, classes  [n]  read
 * first             [m]  read, ascending, as sf_statement_starts gives them; the last statement ends at n
 * hashes            [m]  written, never 0
 *
 * SF_ERR_ARGUMENT when `first` does not ascend below n or a statement exceeds SF_STATEMENT_MOST tokens. No allocation.
 */
sf_status sf_statement_hash(const uint32_t *lexemes, const uint8_t *classes, size_t n, const uint32_t *first, size_t m, uint32_t *hashes);

#endif
