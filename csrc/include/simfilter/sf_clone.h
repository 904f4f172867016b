/* sf_clone: statements of a query aligned with statements of a source under one consistent renaming.
 *
 * A local alignment (Smith and Waterman 1981) of two rows of statements, scored in bits: equal statements bring what their form is worth,
 * statements put in or left out cost, neighbours may change places, and stretches that were moved further are aligned one after another.
 * Names are bound by a vote of the aligned statements, each name of one side to one of the other; then the rows are aligned again,
 * and a statement whose names answer to each other as other statements say is worth more (a name as common in the source as one in 2^c
 * brings c bits), one that contradicts less. So a bag of common forms weighs little, a copy weighs much whatever was set between.
 */
#ifndef SIMFILTER_SF_CLONE_H
#define SIMFILTER_SF_CLONE_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

#define SF_CLONE_MOST 2048 /* statements a side */
#define SF_CLONE_NONE UINT32_MAX

/* A row of m statements, as sf_statement_cut and sf_statement_hash made them, over n tokens. */
typedef struct {
    const uint32_t *lexemes;
    const uint8_t *classes;
    size_t n;
    const uint32_t *first;
    const uint8_t *length;
    const uint32_t *hashes;
    size_t m;
} sf_clone_row;

typedef struct {
    float inserted;   /* a statement of the query that the source has not, in bits; */
    float omitted;    /* one of the source that the query has not; */
    float swapped;    /* two neighbours that changed places; */
    float moved;      /* a stretch that was moved further; */
    float conflict;   /* a name that answers to another than the one it is bound to */
    float most_name;  /* what a name that answers may bring at most */
    uint32_t stretches; /* stretches looked for */
    uint32_t votes;   /* times names are bound anew; 0: names do not matter */
} sf_clone_costs;

/* Align query and source.
 *
 * weight  [query m]  read: bits each statement of the query is worth for its form, >= 0
 * mate    [query m]  written: the statement of the source each is aligned with, or SF_CLONE_NONE
 * bits    [query m]  written: what it brings, names included, 0 where it has no mate
 * total              written: bits of the whole, costs taken off
 *
 * Equal hashes stand for equal statements: what was proposed is to be verified on the tokens by the caller. SF_ERR_ARGUMENT when a side has
 * more than SF_CLONE_MOST statements or one reaches beyond its tokens; SF_ERR_MEMORY. Cost O(votes * stretches * m * m), names included
 * where statements are equal.
 */
sf_status sf_clone_align(const sf_clone_row *query, const sf_clone_row *source, const float *weight, const sf_clone_costs *costs,
                         uint32_t *mate, float *bits, double *total);

#endif
