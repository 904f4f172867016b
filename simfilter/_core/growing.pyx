"""Door to sf_growing."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from simfilter._core.filter cimport NgramFilter, sf_filter_view
from simfilter._core.status cimport (
    SF_ERR_ARGUMENT, SF_ERR_CAPACITY, SF_ERR_MEMORY, PyThreadState, check, let_go, sf_status, take_back,
)

from simfilter.errors import ParameterError


cdef extern from "simfilter/sf_growing.h" nogil:
    ctypedef struct sf_growing:
        pass
    ctypedef struct sf_growing_view:
        const uint8_t *bytes
        size_t size
        const uint32_t *symbols
        const uint32_t *starts
        const uint32_t *ends
        size_t count
        const uint8_t *hits
        size_t windows
    sf_status sf_growing_create(const uint8_t *key, uint32_t k, uint64_t seed, const sf_filter_view *filters,
                                size_t filter_count, sf_growing **text)
    sf_status sf_growing_copy(const sf_growing *text, sf_growing **copy)
    void sf_growing_free(sf_growing *text)
    sf_status sf_growing_append(sf_growing *text, const uint8_t *bytes, size_t size, size_t *changed, size_t *hits)
    sf_status sf_growing_cut(sf_growing *text, size_t size, size_t *changed, size_t *hits)
    void sf_growing_look(const sf_growing *text, sf_growing_view *view)


cdef class GrowingWords:
    """A text that grows; keeps the filters alive. ``size`` bytes, ``count`` words, ``windows`` runs of k words."""

    cdef sf_growing *text
    cdef tuple filters
    cdef readonly size_t size, count, windows

    def __cinit__(self, const uint8_t[::1] key not None, uint32_t k, uint64_t seed, filters not None):
        if key.shape[0] != 16:
            raise ParameterError(f"need a key of 16 bytes, got {key.shape[0]}")
        cdef NgramFilter filter
        cdef size_t count = 0
        self.filters = tuple(filters)
        cdef sf_filter_view *views = <sf_filter_view *>malloc((len(self.filters) + 1) * sizeof(sf_filter_view))
        if views == NULL:
            check(SF_ERR_MEMORY)
        try:
            for filter in self.filters:
                views[count] = filter.view
                count += 1
            check(sf_growing_create(&key[0], k, seed, views, count, &self.text))
        finally:
            free(views)

    def __dealloc__(self):
        sf_growing_free(self.text)

    cdef _looked(self):
        cdef sf_growing_view view
        sf_growing_look(self.text, &view)
        self.size, self.count, self.windows = view.size, view.count, view.windows

    def append(self, bytes data not None):
        """Take a piece; the first word that changed, and how many runs that hold such a word may stand in the corpus."""
        cdef size_t changed = 0, hits = 0, size = <size_t>len(data)
        cdef const uint8_t *source = <const uint8_t *><const char *>data
        cdef sf_status status
        cdef PyThreadState *state = let_go(size)
        status = sf_growing_append(self.text, source, size, &changed, &hits)
        take_back(state)
        check(status)
        self._looked()
        return changed, hits

    def cut(self, size_t size):
        """Keep the first ``size`` bytes; the same."""
        cdef size_t changed = 0, hits = 0
        cdef sf_status status
        with nogil:
            status = sf_growing_cut(self.text, size, &changed, &hits)
        check(status)
        self._looked()
        return changed, hits

    def copy(self):
        """An independent copy."""
        cdef GrowingWords other = GrowingWords.__new__(GrowingWords, bytes(16), 1, 0, self.filters)
        sf_growing_free(other.text)
        other.text = NULL
        check(sf_growing_copy(self.text, &other.text))
        other._looked()
        return other

    def data(self, size_t begin, size_t end):
        """The bytes from ``begin`` to ``end``."""
        cdef sf_growing_view view
        sf_growing_look(self.text, &view)
        if begin > end or end > view.size:
            check(SF_ERR_ARGUMENT)
        return (<const char *>view.bytes)[begin:end]

    def start(self, size_t token):
        """The byte where a word starts."""
        cdef sf_growing_view view
        sf_growing_look(self.text, &view)
        if token >= view.count:
            check(SF_ERR_ARGUMENT)
        return view.starts[token]

    def hit(self, size_t window):
        """Whether the run from this word on may stand in the corpus."""
        cdef sf_growing_view view
        sf_growing_look(self.text, &view)
        if window >= view.windows:
            check(SF_ERR_ARGUMENT)
        return view.hits[window] != 0

    def hits(self, size_t first, uint8_t[::1] hits not None):
        """Fill the array with 1 where the run from the word ``first`` on, and from each after it, may stand in the corpus, else 0."""
        cdef sf_growing_view view
        sf_growing_look(self.text, &view)
        if first > view.windows:
            check(SF_ERR_ARGUMENT)
        if <size_t>hits.shape[0] < view.windows - first:
            check(SF_ERR_CAPACITY)
        if view.windows > first:
            memcpy(&hits[0], view.hits + first, view.windows - first)

    def read(self, size_t first, uint32_t[::1] symbols not None, uint32_t[::1] starts not None, uint32_t[::1] ends not None):
        """Fill the arrays with the words from ``first`` on."""
        cdef sf_growing_view view
        sf_growing_look(self.text, &view)
        if first > view.count:
            check(SF_ERR_ARGUMENT)
        cdef size_t size = view.count - first
        if <size_t>min(symbols.shape[0], starts.shape[0], ends.shape[0]) < size:
            check(SF_ERR_CAPACITY)
        if size:
            memcpy(&symbols[0], view.symbols + first, size * sizeof(uint32_t))
            memcpy(&starts[0], view.starts + first, size * sizeof(uint32_t))
            memcpy(&ends[0], view.ends + first, size * sizeof(uint32_t))
