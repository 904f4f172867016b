/* sf_statement: code tokens cut into statements, each hashed by itself, and each pair of neighbours together.
 *
 * sf_rename codes a name by its last occurrence, wherever that is, so that a statement put in between changes what follows. Here a name is
 * coded by its first occurrence within the statement (or the pair): what stands around does not show in the hash, and statements can be
 * told again after others were set between them or they were moved about.
 *
 * A statement is the smallest piece that is moved or put in as a whole: `if (x)` is one, what it guards is another, with or without
 * braces. Braces and semicolons between statements belong to none.
 */
#ifndef SIMFILTER_SF_STATEMENT_H
#define SIMFILTER_SF_STATEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* Longer statements, tables for the most part, are cut. */
#define SF_STATEMENT_MOST 64

enum {
    SF_STATEMENT_LINES = 1,     /* a line ends a statement, unless a parenthesis or bracket is open */
    SF_STATEMENT_BRACES = 2,    /* braces hold blocks; without it they are brackets like any other, as `${` always is */
    SF_STATEMENT_JOINS = 4,     /* a line that ends in an operator, or before a dot or `&&`, goes on */
    SF_STATEMENT_COLONS = 8,    /* the colon of `if x:` ends a statement */
    SF_STATEMENT_MODIFIERS = 16 /* `public`, `static`, `const`, `let` and their like in front of a statement are no part of it */
};

/* Cut tokens into statements.
 *
 * bytes                  [size]  read, the source
 * starts, ends, classes  [n]     read, byte offsets and SF_CLASS_ of each token, ascending
 * open                   [n]     scratch
 * first, length          [n]     written, the first token of each statement, ascending, and how many it has; *count of them
 *
 * SF_ERR_ARGUMENT when an offset lies outside `bytes`. No allocation, one pass over the tokens and the bytes between them.
 */
sf_status sf_statement_cut(const uint8_t *bytes, size_t size, const uint32_t *starts, const uint32_t *ends, const uint8_t *classes,
                           size_t n, uint32_t flags, uint8_t *open, uint32_t *first, uint8_t *length, size_t *count);

/* Hash each statement: FIXED tokens by their lexeme, NUMBER and STRING tokens as one each, an identifier by where in the statement it
 * stood first.
 *
 * lexemes, classes  [n]  read
 * first, length     [m]  read, as sf_statement_cut gives them
 * hashes            [m]  written, never 0
 *
 * SF_ERR_ARGUMENT when a statement reaches beyond n. No allocation.
 */
sf_status sf_statement_hash(const uint32_t *lexemes, const uint8_t *classes, size_t n, const uint32_t *first, const uint8_t *length,
                            size_t m, uint32_t *hashes);

/* Hash statement a[i] followed by statement b[i] as one, names abstracted over both, for i < count.
 *
 * a, b    [count]  read, numbers of statements below m
 * hashes  [count]  written, never 0
 */
sf_status sf_statement_pair(const uint32_t *lexemes, const uint8_t *classes, size_t n, const uint32_t *first, const uint8_t *length,
                            size_t m, const uint32_t *a, const uint32_t *b, size_t count, uint32_t *hashes);

#endif
