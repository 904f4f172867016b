/* sf_suffix: every suffix of a token sequence in sorted order, and what can be asked of that order.
 *
 * The sequence is all documents of a segment, one after the other, as uint32 symbols. Symbol 0 separates
 * documents: it is sorted like any other symbol, below all of them, but no query symbol ever equals it, so
 * nothing found here crosses from one document into the next. A suffix that ends sorts before its extensions.
 *
 * Building is SA-IS (Nong, Zhang, Chan 2009), linear in time whatever the text repeats. Queries take a view
 * (symbols, suffix array) which may come straight from a mapped file: they read sa[i] only to compare it
 * with n first, so ANY content of the array is memory-safe. Where an entry is seen to be outside,
 * SF_ERR_FORMAT is returned; an array that is in range but not sorted gives wrong answers, never a crash.
 */
#ifndef SIMFILTER_SF_SUFFIX_H
#define SIMFILTER_SF_SUFFIX_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* Build the suffix array.
 *
 * symbols  [n]  read
 * sa       [n]  written: sa[i] is where the i-th smallest suffix starts
 *
 * Allocates one copy of the text and its buckets, freed before it returns. Peak, the caller's arrays
 * included, is 12 bytes a symbol plus 8 for each distinct symbol, and at most 16 (build32); 20 plus 16, and
 * at most 28 (build64). Cost O(n) plus a three-pass radix sort of the alphabet.
 * SF_ERR_ARGUMENT if n >= 2^31 (build32) or n >= 2^60 (build64); SF_ERR_MEMORY.
 */
sf_status sf_suffix_build32(const uint32_t *symbols, size_t n, int32_t *sa);
sf_status sf_suffix_build64(const uint32_t *symbols, size_t n, int64_t *sa);

/* A text and its suffix array, both owned by the caller. */
typedef struct {
    const uint32_t *symbols; /* [n] */
    size_t n;
    const void *sa;          /* [n] of width bytes each, read as unsigned, aligned to width */
    unsigned width;          /* 4 or 8 */
    const uint8_t *removed;  /* [documents]: 1 for a document that counts no more; NULL when all count */
    const uint64_t *document_starts; /* [documents + 1], ascending; read only when there is `removed` */
    size_t documents;
} sf_suffix_view;

enum { SF_SUFFIX_VIEWS_MOST = 1024 };

/* The interval of suffixes that begin with a pattern.
 *
 * pattern  [m]  read
 * lo, hi        written: ranks, half-open; lo == hi when there is none
 *
 * The empty pattern begins every suffix; a pattern that holds a 0 begins none. No allocation.
 * Cost O(log n) comparisons of at most m symbols.
 * SF_ERR_ARGUMENT if the width is neither 4 nor 8; SF_ERR_FORMAT as above.
 */
sf_status sf_suffix_find(const sf_suffix_view *view, const uint32_t *pattern, size_t m, uint64_t *lo, uint64_t *hi);

/* How many suffixes begin with each of m patterns of n symbols, one after the other in `patterns`; counts [m]. As sf_suffix_find. */
sf_status sf_suffix_counts(const sf_suffix_view *view, const uint32_t *patterns, size_t m, size_t n, int64_t *counts);

/* Matching statistics: the longest match that starts at each position of a query.
 *
 * query   [q]  read
 * length  [q]  written: how many symbols from here stand somewhere in the text, 0 for a 0
 * lo, hi  [q]  written: the interval of suffixes that begin with them; 0, 0 where the length is 0
 *
 * No allocation. Inside a copy most positions cost one search for a few symbols, see sf_suffix_mems.
 * SF_ERR_ARGUMENT for a bad width or q >= 2^32; SF_ERR_FORMAT.
 */
sf_status sf_suffix_statistics(const sf_suffix_view *view, const uint32_t *query, size_t q, uint32_t *length,
                               uint64_t *lo, uint64_t *hi);

/* Maximal exact matches: every place of the texts that shares min_length symbols or more with the query and
 * can be extended on neither side. Places in removed documents are none.
 *
 * views, bases                     [view_count]  read: texts that are searched as one; position p of text v is bases[v] + p
 * query                            [q]           read
 * hits           [q - min_length + 1]            read: 0 where the min_length symbols from there on stand nowhere for sure; NULL when
 *                                                nothing is known
 * query_pos, source_pos, length    [capacity]    written: the first *count entries, by query_pos, then source_pos
 * truncated                                      written: 1 if there was more than fits, else 0
 *
 * Where the first min_length symbols at a query position stand in more than occurrence_cap places of all texts
 * together, only the longest match from that position is looked at, and of its places the first occurrence_cap,
 * text by text in suffix order; so the output grows by at most occurrence_cap a position, whatever the corpus
 * repeats, and the result is deterministic. A place passed over for that reason is not taken up again further
 * right, where it can be extended to the left. These longest matches are followed to their ends until as many symbols
 * have been compared as 64 for each of the query and 2^16 more. Then they are cut 512 beyond min_length, and a match
 * begins there, to the left of which its places go on: a query that repeats one phrase against a text that does would
 * cost its square otherwise.
 *
 * Running out of capacity is not an error: what is written is a correct beginning (within the last
 * query_pos, some of its places), and the caller may raise min_length or call again with more room.
 *
 * No allocation. Windows are searched for side by side, for each step of a search waits for memory, and so they wait together. Where a
 * match goes on in all its places, these are not looked at again.
 * SF_ERR_ARGUMENT for a bad width, min_length or occurrence_cap 0, q >= 2^32, more than SF_SUFFIX_VIEWS_MOST views;
 * SF_ERR_FORMAT.
 */
sf_status sf_suffix_mems(const sf_suffix_view *views, const uint64_t *bases, size_t view_count, const uint32_t *query,
                         size_t q, const uint8_t *hits, uint32_t min_length, uint32_t occurrence_cap, uint32_t *query_pos,
                         uint64_t *source_pos, uint32_t *length, size_t capacity, size_t *count, int *truncated);

/* In how many distinct documents, or families of documents, the suffixes of an interval start.
 *
 * document_starts  [documents + 1]  read: ascending; document d is [d, d + 1), its separator included
 * families         [documents]      read; NULL to count documents themselves
 * distinct                          written
 *
 * Looks at the first `cap` ranks only, so the answer is at most cap. Allocates up to 32 bytes for each of them when
 * there are more than 512. Cost O(c log documents), c = min(hi - lo, cap).
 * SF_ERR_ARGUMENT unless lo <= hi <= n and documents < 2^32; SF_ERR_FORMAT if a suffix starts outside
 * every document; SF_ERR_MEMORY.
 */
sf_status sf_suffix_documents(const sf_suffix_view *view, uint64_t lo, uint64_t hi, const uint64_t *document_starts,
                              size_t documents, const uint32_t *families, size_t cap, size_t *distinct);

#endif
