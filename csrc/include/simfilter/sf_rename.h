/* sf_rename: code tokens with their names abstracted, so that renaming does not hide a copy.
 *
 * Abstraction is parameterised (Baker 1993): an identifier is coded by the distance to its previous occurrence, so `a+b*a` equals
 * `x+y*x` but not `x+y*y`. Distances beyond a window count as none, so that a run depends on at most `window` tokens before it.
 * Verification then asks for one consistent renaming over the whole match.
 */
#ifndef SIMFILTER_SF_RENAME_H
#define SIMFILTER_SF_RENAME_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

enum { /* token classes */
    SF_CLASS_FIXED = 0,      /* keyword, operator, punctuation: stands for itself */
    SF_CLASS_IDENTIFIER = 1, /* name */
    SF_CLASS_NUMBER = 2,
    SF_CLASS_STRING = 3,
    SF_CLASS_COUNT = 4       /* this and higher classes equal nothing */
};

/* Abstract n tokens.
 *
 * lexemes, classes  [n]  read: symbol and class of each token
 * renamed           [n]  written: FIXED keeps its symbol; an identifier becomes the symbol of its distance (0 when there is no previous
 *                        occurrence within `window`); NUMBER and STRING one symbol each. Keyed as all symbols are.
 *
 * Allocates O(n) scratch. SF_ERR_MEMORY.
 */
sf_status sf_rename(const uint32_t *lexemes, const uint8_t *classes, size_t n, uint32_t window, const uint8_t key[16],
                    uint32_t *renamed);

/* The symbols NUMBER and STRING tokens get under a key. */
void sf_rename_literals(const uint8_t key[16], uint32_t *number, uint32_t *string);

typedef struct {
    size_t left;   /* tokens the match reaches left of the anchor's start; */
    size_t right;  /* right of it: the match is [start - left, start + right) */
    size_t equal;  /* tokens in it whose lexemes are equal */
} sf_rename_extent;

/* Extend an anchor to its maximal consistently renamed match.
 *
 * query_*  [qn], source_*  [sn]  lexemes and classes of both sides; the anchor pairs query_pos + i with source_pos + i, i < length.
 * The match grows right from the anchor's start, through the anchor and beyond, then left, as long as every pair agrees: FIXED with equal
 * symbol, NUMBER and STRING with their like, identifiers under one bijection between the names of both sides. It may end inside the anchor.
 *
 * Allocates scratch. SF_ERR_ARGUMENT if the anchor is outside; SF_ERR_MEMORY. Cost linear in the extent.
 */
sf_status sf_rename_extend(const uint32_t *query_lexemes, const uint8_t *query_classes, size_t qn,
                           const uint32_t *source_lexemes, const uint8_t *source_classes, size_t sn,
                           size_t query_pos, size_t source_pos, size_t length, sf_rename_extent *extent);

/* Which of m runs of equal renamed tokens may be part of `least` consistently renamed ones, as far as that shows without the source's lexemes.
 *
 * renamed, classes  [n]  the query; source  [sn]  what sf_rename wrote for the source, 0 for a separator
 * names  [w]  ascending: the symbols identifiers have. Two identifiers may always answer to each other: how far back their last
 *             occurrence lies depends on what stands before the match.
 * query, there, length  [m]  where each run stands on both sides, and its tokens
 * may  [m]  written: 1 or 0
 *
 * SF_ERR_ARGUMENT if a run is outside. Cost O(m * least).
 */
sf_status sf_rename_may_reach(const uint32_t *renamed, const uint8_t *classes, size_t n, const uint32_t *source, size_t sn,
                              const uint32_t *names, size_t w, const uint32_t *query, const uint64_t *there, const uint32_t *length,
                              size_t m, size_t least, uint8_t *may);

#endif
