"""Door to sf_clone."""

from libc.stdint cimport uint8_t, uint32_t

from simfilter._core.status cimport SF_ERR_CAPACITY, check, sf_status


cdef extern from "simfilter/sf_clone.h" nogil:
    enum:
        SF_CLONE_MOST
    uint32_t SF_CLONE_NONE
    ctypedef struct sf_clone_row:
        const uint32_t *lexemes
        const uint8_t *classes
        size_t n
        const uint32_t *first
        const uint8_t *length
        const uint32_t *hashes
        size_t m
    ctypedef struct sf_clone_costs:
        float inserted
        float omitted
        float swapped
        float moved
        float conflict
        float most_name
        uint32_t stretches
        uint32_t votes
    sf_status sf_clone_align(const sf_clone_row *query, const sf_clone_row *source, const float *weight, const sf_clone_costs *costs,
                             uint32_t *mate, float *bits, double *total)


CLONE_MOST = SF_CLONE_MOST
CLONE_NONE = SF_CLONE_NONE


cdef class StatementRow:
    """A row of statements over code tokens: views into the caller's arrays."""

    cdef const uint32_t[::1] lexemes, first, hashes
    cdef const uint8_t[::1] classes, length
    cdef sf_clone_row row

    def __init__(self, const uint32_t[::1] lexemes not None, const uint8_t[::1] classes not None, const uint32_t[::1] first not None,
                 const uint8_t[::1] length not None, const uint32_t[::1] hashes not None):
        cdef size_t n = <size_t>lexemes.shape[0], m = <size_t>first.shape[0]
        if <size_t>classes.shape[0] != n or <size_t>length.shape[0] != m or <size_t>hashes.shape[0] != m:
            check(SF_ERR_CAPACITY)
        self.lexemes, self.classes, self.first, self.length, self.hashes = lexemes, classes, first, length, hashes
        self.row.n, self.row.m = n, m
        self.row.lexemes = &lexemes[0] if n else NULL
        self.row.classes = &classes[0] if n else NULL
        self.row.first = &first[0] if m else NULL
        self.row.length = &length[0] if m else NULL
        self.row.hashes = &hashes[0] if m else NULL


def clone_align(StatementRow query not None, StatementRow source not None, const float[::1] weight not None, tuple costs not None,
                uint32_t[::1] mate not None, float[::1] bits not None):
    """Fill ``mate`` and ``bits`` of each statement of the query; returns the bits of the whole."""
    cdef sf_status status
    cdef double total = 0
    cdef size_t m = query.row.m
    cdef sf_clone_costs paid
    if <size_t>weight.shape[0] != m or <size_t>mate.shape[0] < m or <size_t>bits.shape[0] < m or len(costs) != 8:
        check(SF_ERR_CAPACITY)
    paid = [costs[0], costs[1], costs[2], costs[3], costs[4], costs[5], costs[6], costs[7]]
    if m == 0:
        return 0.0
    with nogil:
        status = sf_clone_align(&query.row, &source.row, &weight[0], &paid, &mate[0], &bits[0], &total)
    check(status)
    return total
