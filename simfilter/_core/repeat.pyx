"""Door to sf_repeat."""

from libc.stdint cimport int32_t, uint32_t

from simfilter._core.status cimport SF_ERR_CAPACITY, check, sf_status


cdef extern from "simfilter/sf_repeat.h" nogil:
    sf_status sf_repeat_windows(const uint32_t *symbols, size_t n, const int32_t *sa, uint32_t k, uint32_t times, uint32_t *place,
                                uint32_t *origin, size_t capacity, size_t *count)


def repeat_windows(const uint32_t[::1] symbols not None, const int32_t[::1] sa not None, uint32_t k, uint32_t times,
                   uint32_t[::1] place not None, uint32_t[::1] origin not None):
    """How many windows are repeats; they are filled in when they fit."""
    cdef sf_status status
    cdef size_t n = <size_t>symbols.shape[0], capacity = <size_t>place.shape[0], count = 0
    if <size_t>sa.shape[0] != n or <size_t>origin.shape[0] != capacity:
        check(SF_ERR_CAPACITY)
    cdef const uint32_t *source = &symbols[0] if n else NULL
    cdef const int32_t *order = &sa[0] if n else NULL
    cdef uint32_t *to = &place[0] if capacity else NULL
    cdef uint32_t *come = &origin[0] if capacity else NULL
    with nogil:
        status = sf_repeat_windows(source, n, order, k, times, to, come, capacity, &count)
    if status != SF_ERR_CAPACITY:
        check(status)
    return count
