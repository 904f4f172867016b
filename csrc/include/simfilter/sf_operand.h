/* sf_operand: operands whose order means nothing, put in one order whatever the text says.
 *
 * `t.x != x` and `x != t.x`, `a > b` and `b < a`, `m & (1 << n)` and `(1 << n) & m` say the same. Within each statement the operands of
 * `== != === !== is && and || or | ^ & *` are ordered by what they are made of, names and literals aside, and `>` and `>=` are read as
 * `<` and `<=` with their sides changed. Two operands that differ in nothing but names stay as they stand.
 *
 * No grammar is asked: operators bind as in most languages, and what stands between brackets is ordered by itself. Where that is not how
 * a language reads the statement, its order is a strange one, but the same for all that say the same.
 */
#ifndef SIMFILTER_SF_OPERAND_H
#define SIMFILTER_SF_OPERAND_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* Order the tokens of m statements.
 *
 * bytes                           [size]  read, the source
 * starts, ends, classes, lexemes  [n]     read, byte offsets, SF_CLASS_ and symbol of each token
 * first, length                   [m]     read, as sf_statement_cut gives them
 * less, at_most                           symbols of `<` and `<=`
 * order                           [n]     written: the token that stands at each place; each place itself but within statements
 * ordered                         [n]     written: its symbol, `less` or `at_most` where its sides were changed
 *
 * SF_ERR_ARGUMENT when an offset lies outside `bytes` or a statement reaches beyond n. No allocation. Cost O(n), a statement's square at most.
 */
sf_status sf_operand_order(const uint8_t *bytes, size_t size, const uint32_t *starts, const uint32_t *ends, const uint8_t *classes,
                           const uint32_t *lexemes, size_t n, const uint32_t *first, const uint8_t *length, size_t m, uint32_t less,
                           uint32_t at_most, uint32_t *order, uint32_t *ordered);

#endif
