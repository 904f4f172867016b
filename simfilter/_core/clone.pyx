"""Door to sf_clone."""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memset

from simfilter._core.status cimport SF_ERR_CAPACITY, PyThreadState, check, let_go, sf_status, take_back


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


cdef sf_clone_costs costs_of(tuple costs) except *:
    cdef sf_clone_costs paid
    if len(costs) != 8:
        check(SF_ERR_CAPACITY)
    paid = [costs[0], costs[1], costs[2], costs[3], costs[4], costs[5], costs[6], costs[7]]
    return paid


def clone_align(StatementRow query not None, StatementRow source not None, const float[::1] weight not None, tuple costs not None,
                uint32_t[::1] mate not None, float[::1] bits not None):
    """Fill ``mate`` and ``bits`` of each statement of the query; returns the bits of the whole."""
    cdef sf_status status
    cdef double total = 0
    cdef size_t m = query.row.m
    cdef sf_clone_costs paid = costs_of(costs)
    if <size_t>weight.shape[0] != m or <size_t>mate.shape[0] < m or <size_t>bits.shape[0] < m:
        check(SF_ERR_CAPACITY)
    if m == 0:
        return 0.0
    cdef PyThreadState *state = let_go(m * source.row.m // 4)
    status = sf_clone_align(&query.row, &source.row, &weight[0], &paid, &mate[0], &bits[0], &total)
    take_back(state)
    check(status)
    return total


def clone_forms(const uint32_t[::1] hashes not None, const float[::1] weight not None, list sources not None, tuple costs not None,
                const uint32_t[:, ::1] windows not None, double[::1] totals not None):
    """Fill ``totals[w]`` with the bits of ``hashes[windows[w, 0]:windows[w, 1]]`` aligned with the forms ``sources[w]`` by forms alone."""
    cdef PyThreadState *state
    cdef sf_status status
    cdef size_t count = <size_t>windows.shape[0], m = <size_t>hashes.shape[0], number
    cdef sf_clone_costs paid = costs_of(costs)
    cdef uint32_t[SF_CLONE_MOST] first, mate
    cdef uint8_t[SF_CLONE_MOST] length
    cdef float[SF_CLONE_MOST] bits
    cdef sf_clone_row query, source
    cdef const uint32_t[::1] forms
    if <size_t>weight.shape[0] != m or windows.shape[1] != 2 or <size_t>len(sources) != count or <size_t>totals.shape[0] != count:
        check(SF_ERR_CAPACITY)
    memset(first, 0, sizeof(first))
    memset(length, 0, sizeof(length))
    query.lexemes = source.lexemes = NULL
    query.classes = source.classes = NULL
    query.n = source.n = 0
    query.first = source.first = first
    query.length = source.length = length
    for number in range(count):
        forms = sources[number]
        totals[number] = 0
        if windows[number, 0] >= windows[number, 1] or forms.shape[0] == 0:
            continue
        if windows[number, 1] > m or windows[number, 1] - windows[number, 0] > SF_CLONE_MOST or forms.shape[0] > SF_CLONE_MOST:
            check(SF_ERR_CAPACITY)
        query.hashes, query.m = &hashes[windows[number, 0]], windows[number, 1] - windows[number, 0]
        source.hashes, source.m = &forms[0], <size_t>forms.shape[0]
        state = let_go(query.m * source.m // 4)
        status = sf_clone_align(&query, &source, &weight[windows[number, 0]], &paid, mate, bits, &totals[number])
        take_back(state)
        check(status)
