"""Door to sf_filter."""

from libc.stdint cimport uint8_t, uint64_t

from simfilter._core.status cimport SF_ERR_CAPACITY, TOKEN, PyThreadState, check, let_go, sf_status, take_back


cdef extern from "simfilter/sf_filter.h" nogil:
    sf_status sf_filter_size(size_t n, size_t *size)
    sf_status sf_filter_build(const uint64_t *hashes, size_t n, uint8_t *bytes, size_t size)
    sf_status sf_filter_open(const uint8_t *bytes, size_t size, sf_filter_view *view)
    sf_status sf_filter_contains(const sf_filter_view *view, const uint64_t *hashes, size_t n, uint8_t *hits, size_t *count)


def filter_size(size_t n):
    """Bytes a filter over ``n`` keys takes."""
    cdef size_t size = 0
    check(sf_filter_size(n, &size))
    return size


def filter_build(const uint64_t[::1] hashes not None, uint8_t[::1] data not None):
    """Build the filter over ``hashes`` in ``data``, which has `filter_size` bytes."""
    cdef sf_status status
    cdef size_t n = <size_t>hashes.shape[0], size = <size_t>data.shape[0]
    cdef const uint64_t *source = &hashes[0] if n else NULL
    cdef uint8_t *target = &data[0] if size else NULL
    with nogil:
        status = sf_filter_build(source, n, target, size)
    check(status)


cdef class NgramFilter:
    """The filter in these bytes, which it keeps alive. Raises IndexDamagedError when they are none."""

    def __cinit__(self, const uint8_t[::1] data not None):
        cdef size_t size = <size_t>data.shape[0]
        check(sf_filter_open(&data[0] if size else NULL, size, &self.view))
        self.data = data

    def contains(self, const uint64_t[::1] hashes not None, uint8_t[::1] hits not None):
        """Set ``hits[i]`` to whether ``hashes[i]`` may be a key; the number of ones."""
        cdef sf_status status
        cdef size_t n = <size_t>hashes.shape[0], count = 0
        if <size_t>hits.shape[0] < n:
            check(SF_ERR_CAPACITY)
        if n == 0:
            return 0
        cdef const uint64_t *source = &hashes[0]
        cdef uint8_t *target = &hits[0]
        cdef PyThreadState *state = let_go(TOKEN * n)
        status = sf_filter_contains(&self.view, source, n, target, &count)
        take_back(state)
        check(status)
        return count
