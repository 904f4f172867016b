/* sf_growing: a text that grows by pieces, its words, and which runs of k of them the corpus may hold.
 *
 * Whatever the pieces, the words are those of sf_text_tokenize over the whole, and each is read once: only a few at the end are read
 * again when more comes (sf_text_tokenize_growing). A piece costs what it is long, and a handful of words. A run is looked up in an n-gram
 * filter; novel text has hardly any hit, so that who watches for copies has nothing to do.
 */
#ifndef SIMFILTER_SF_GROWING_H
#define SIMFILTER_SF_GROWING_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_filter.h"
#include "simfilter/sf_status.h"

typedef struct sf_growing sf_growing; /* opaque: the text and all about it; not for two threads at once */

/* What a text holds now. Valid until it changes. */
typedef struct {
    const uint8_t *bytes;                   /* [size] */
    size_t size;
    const uint32_t *symbols, *starts, *ends; /* [count], as sf_text_tokenize gives them */
    size_t count;
    const uint8_t *hits;                    /* [windows]: 1 where the k words from here on may stand in the corpus */
    size_t windows;
} sf_growing_view;

/* An empty text. A run is a hit when any of the filters [filter_count] has it; their bytes must outlive the text.
 * SF_ERR_ARGUMENT if k is 0; SF_ERR_MEMORY. */
sf_status sf_growing_create(const uint8_t key[16], uint32_t k, uint64_t seed, const sf_filter_view *filters, size_t filter_count,
                            sf_growing **text);

/* An independent copy. SF_ERR_MEMORY. */
sf_status sf_growing_copy(const sf_growing *text, sf_growing **copy);

/* Frees; NULL is let be. */
void sf_growing_free(sf_growing *text);

/* Take a piece of whole characters.
 *
 * bytes    [size]  read
 * changed          set: the first word that is new or not what it was
 * hits             set: how many of the runs that hold such a word may stand in the corpus
 *
 * Amortised O(size). SF_ERR_ARGUMENT when the text would exceed 32 bits; SF_ERR_MEMORY, the text is then to be freed. */
sf_status sf_growing_append(sf_growing *text, const uint8_t *bytes, size_t size, size_t *changed, size_t *hits);

/* Keep the first `size` bytes, which end with a whole character; changed and hits as above. SF_ERR_ARGUMENT if there are fewer. */
sf_status sf_growing_cut(sf_growing *text, size_t size, size_t *changed, size_t *hits);

void sf_growing_look(const sf_growing *text, sf_growing_view *view);

#endif
