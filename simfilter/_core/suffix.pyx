"""Door to sf_suffix."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from simfilter._core.filter cimport NgramFilter, sf_filter_view
from simfilter._core.status cimport (
    SF_ERR_ARGUMENT, SF_ERR_CAPACITY, SF_ERR_MEMORY, SF_OK, TOKEN, PyThreadState, check, let_go, sf_status, take_back,
)


cdef extern from "simfilter/sf_suffix.h" nogil:
    ctypedef struct sf_suffix_view:
        const uint32_t *symbols
        size_t n
        const void *sa
        unsigned width
        const uint8_t *removed
        const uint64_t *document_starts
        size_t documents
    sf_status sf_suffix_build32(const uint32_t *symbols, size_t n, int32_t *sa)
    sf_status sf_suffix_build64(const uint32_t *symbols, size_t n, int64_t *sa)
    sf_status sf_suffix_find(const sf_suffix_view *view, const uint32_t *pattern, size_t m, uint64_t *lo, uint64_t *hi)
    sf_status sf_suffix_counts(const sf_suffix_view *view, const uint32_t *patterns, size_t m, size_t n, int64_t *counts)
    sf_status sf_suffix_statistics(const sf_suffix_view *view, const uint32_t *query, size_t q, uint32_t *length,
                                   uint64_t *lo, uint64_t *hi)
    sf_status sf_suffix_mems(const sf_suffix_view *views, const uint64_t *bases, size_t view_count, const uint32_t *query,
                             size_t q, const uint8_t *hits, uint32_t min_length, uint32_t occurrence_cap, uint32_t *query_pos,
                             uint64_t *source_pos, uint32_t *length, size_t capacity, size_t *count, int *truncated)
    sf_status sf_suffix_documents(const sf_suffix_view *view, uint64_t lo, uint64_t hi, const uint64_t *document_starts,
                                  size_t documents, const uint32_t *families, size_t cap, size_t *distinct)

cdef extern from "simfilter/sf_filter.h" nogil:
    sf_status sf_filter_runs(const sf_filter_view *filters, size_t filter_count, const uint32_t *tokens, size_t n, uint32_t k,
                             uint64_t seed, uint8_t *hits, size_t *count)

cdef enum:
    CACHED = 1 << 25  # symbols of which a search no longer finds most in the processor's cache, and takes twice as long

ctypedef fused position:
    int32_t
    int64_t


def suffix_build(const uint32_t[::1] symbols not None, position[::1] sa not None):
    """Fill ``sa`` with the suffix array of ``symbols``."""
    cdef sf_status status
    cdef size_t n = <size_t>symbols.shape[0]
    if <size_t>sa.shape[0] != n:
        check(SF_ERR_CAPACITY)
    if n == 0:
        return
    with nogil:
        if position is int32_t:
            status = sf_suffix_build32(&symbols[0], n, &sa[0])
        else:
            status = sf_suffix_build64(&symbols[0], n, &sa[0])
    check(status)


cdef class Suffix:
    """Queries over symbols and their suffix array, both of which it keeps alive.

    `suffix_mems` passes over the documents d, from ``document_starts[d]`` on, that have ``removed[d]`` 1; no other query does.
    """

    cdef const uint32_t[::1] symbols
    cdef object sa
    cdef const uint64_t[::1] document_starts
    cdef const uint8_t[::1] removed
    cdef sf_suffix_view view

    def __cinit__(self, const uint32_t[::1] symbols not None, sa not None, const uint64_t[::1] document_starts=None,
                  const uint8_t[::1] removed=None):
        cdef const int32_t[::1] narrow
        cdef const int64_t[::1] wide
        self.symbols = symbols
        self.view.n = <size_t>symbols.shape[0]
        if <size_t>len(sa) != self.view.n:
            check(SF_ERR_CAPACITY)
        self.view.symbols = &symbols[0] if self.view.n else NULL
        self.view.width = <unsigned>sa.itemsize
        self.view.sa = NULL
        if self.view.width == 4:
            narrow = sa
            if self.view.n:
                self.view.sa = &narrow[0]
        else:
            wide = sa
            if self.view.n:
                self.view.sa = &wide[0]
        self.sa = sa
        self.view.removed = NULL
        self.view.document_starts = NULL
        self.view.documents = 0
        if removed is not None and removed.shape[0]:
            if document_starts is None or document_starts.shape[0] != removed.shape[0] + 1:
                check(SF_ERR_CAPACITY)
            self.document_starts, self.removed = document_starts, removed
            self.view.document_starts, self.view.removed = &document_starts[0], &removed[0]
            self.view.documents = <size_t>removed.shape[0]

    def find(self, const uint32_t[::1] pattern not None):
        """(lo, hi): the suffixes that begin with ``pattern``."""
        cdef sf_status status
        cdef uint64_t lo = 0, hi = 0
        cdef size_t m = <size_t>pattern.shape[0]
        cdef const uint32_t *source = &pattern[0] if m else NULL
        cdef PyThreadState *state = let_go(TOKEN * m)
        status = sf_suffix_find(&self.view, source, m, &lo, &hi)
        take_back(state)
        check(status)
        return lo, hi

    def counts(self, const uint32_t[:, ::1] patterns not None, int64_t[::1] counts not None):
        """Fill how many suffixes begin with each row of ``patterns``."""
        cdef sf_status status
        cdef size_t m = <size_t>patterns.shape[0], n = <size_t>patterns.shape[1]
        if <size_t>counts.shape[0] < m:
            check(SF_ERR_CAPACITY)
        if m == 0:
            return
        if n == 0:
            check(SF_ERR_ARGUMENT)
        cdef PyThreadState *state = let_go(TOKEN * m * n)
        status = sf_suffix_counts(&self.view, &patterns[0, 0], m, n, &counts[0])
        take_back(state)
        check(status)

    def statistics(self, const uint32_t[::1] query not None, uint32_t[::1] length not None,
                   uint64_t[::1] lo not None, uint64_t[::1] hi not None):
        """Fill the longest match from each position of ``query`` and the suffixes that begin with it."""
        cdef sf_status status
        cdef size_t q = <size_t>query.shape[0]
        if <size_t>length.shape[0] < q or <size_t>lo.shape[0] < q or <size_t>hi.shape[0] < q:
            check(SF_ERR_CAPACITY)
        if q == 0:
            return
        with nogil:
            status = sf_suffix_statistics(&self.view, &query[0], q, &length[0], &lo[0], &hi[0])
        check(status)

    def documents(self, uint64_t lo, uint64_t hi, const uint64_t[::1] document_starts not None,
                  const uint32_t[::1] families, size_t cap):
        """Distinct documents, or families, in which the suffixes ``lo..hi`` start; the first ``cap`` are looked at."""
        cdef sf_status status
        cdef size_t distinct = 0, documents = <size_t>document_starts.shape[0]
        if documents < 2 or (families is not None and <size_t>families.shape[0] != documents - 1):
            check(SF_ERR_CAPACITY)
        cdef const uint32_t *grouped = &families[0] if families is not None else NULL
        with nogil:
            status = sf_suffix_documents(&self.view, lo, hi, &document_starts[0], documents - 1, grouped, cap, &distinct)
        check(status)
        return distinct


def suffix_mems(parts not None, const uint64_t[::1] bases not None, const uint32_t[::1] query not None, uint32_t min_length,
                uint32_t occurrence_cap, uint32_t[::1] query_pos not None, uint64_t[::1] source_pos not None,
                uint32_t[::1] length not None, filters=None, uint64_t seed=0, const uint8_t[::1] hits=None):
    """(count, truncated): fill the maximal exact matches of at least ``min_length`` symbols with any of the `Suffix` ``parts``.

    Places of part i are counted from ``bases[i]``. With ``filters`` over the hashes under ``seed`` of all runs of ``min_length`` symbols of
    the parts, only what these may hold is looked up: the same matches sooner. So it is with ``hits[q - min_length + 1]``, what the filters
    say of each run of the query.
    """
    cdef sf_status status = SF_OK
    cdef size_t q = <size_t>query.shape[0], capacity = <size_t>query_pos.shape[0], count = 0, number = 0, most = len(parts)
    cdef size_t sieves = len(filters) if filters is not None else 0, found = 0, held = 0
    cdef int truncated = 0
    cdef Suffix part
    cdef NgramFilter filter
    cdef PyThreadState *state
    if <size_t>source_pos.shape[0] != capacity or <size_t>length.shape[0] != capacity or <size_t>bases.shape[0] != most:
        check(SF_ERR_CAPACITY)
    if q < min_length or capacity == 0 or most == 0:
        return 0, False
    if hits is not None and <size_t>hits.shape[0] < q - min_length + 1:
        check(SF_ERR_CAPACITY)
    cdef sf_suffix_view *views = <sf_suffix_view *>malloc(most * sizeof(sf_suffix_view))
    cdef sf_filter_view *known = <sf_filter_view *>malloc((sieves + 1) * sizeof(sf_filter_view))
    cdef uint8_t *sieved = <uint8_t *>malloc(q) if sieves else NULL
    cdef const uint8_t *worth = sieved if sieves else &hits[0] if hits is not None else NULL
    try:
        if views == NULL or known == NULL or (sieves and sieved == NULL):
            check(SF_ERR_MEMORY)
        for part in parts:
            views[number] = part.view
            held += part.view.n
            number += 1
        number = 0
        for filter in filters or ():
            known[number] = filter.view
            number += 1
        state = let_go(TOKEN * q * (2 if held > CACHED else 1))
        if sieves:
            status = sf_filter_runs(known, sieves, &query[0], q, min_length, seed, sieved, &found)
        if status == SF_OK and (found or not sieves):
            status = sf_suffix_mems(views, &bases[0], most, &query[0], q, worth, min_length, occurrence_cap, &query_pos[0],
                                    &source_pos[0], &length[0], capacity, &count, &truncated)
        take_back(state)
        check(status)
    finally:
        free(views)
        free(known)
        free(sieved)
    return count, bool(truncated)
