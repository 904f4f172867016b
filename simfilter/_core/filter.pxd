from libc.stdint cimport uint8_t, uint32_t


cdef extern from "simfilter/sf_filter.h" nogil:
    ctypedef struct sf_filter_view:
        const uint8_t *blocks
        uint32_t block_count


cdef class NgramFilter:
    cdef const uint8_t[::1] data
    cdef sf_filter_view view
