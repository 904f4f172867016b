"""Door to sf_align."""

from libc.stdint cimport uint32_t

from simfilter._core.status cimport SF_ERR_CAPACITY, TOKEN, PyThreadState, check, let_go, sf_status, take_back


cdef extern from "simfilter/sf_align.h" nogil:
    ctypedef struct sf_align_costs:
        float open
        float extend
        float drop
    sf_status sf_align(const uint32_t *query, const float *weight, size_t qn, const uint32_t *source, size_t sn,
                       const uint32_t *anchors_query, const uint32_t *anchors_source, const uint32_t *anchors_length, size_t m,
                       const sf_align_costs *costs, uint32_t *runs_query, uint32_t *runs_source, uint32_t *runs_length,
                       size_t capacity, size_t *count)


def align(const uint32_t[::1] query not None, const float[::1] weight not None, const uint32_t[::1] source not None,
          const uint32_t[:, ::1] anchors not None, float open, float extend, float drop, uint32_t[:, ::1] runs not None):
    """Fill ``runs[3, capacity]`` (query, source, length) around ``anchors[3, m]``; returns how many runs there are."""
    cdef sf_status status
    cdef size_t qn = <size_t>query.shape[0], sn = <size_t>source.shape[0], m = <size_t>anchors.shape[1], count = 0
    cdef sf_align_costs costs = [open, extend, drop]
    if <size_t>weight.shape[0] != qn or anchors.shape[0] != 3 or runs.shape[0] != 3:
        check(SF_ERR_CAPACITY)
    if qn == 0 or sn == 0 or m == 0 or runs.shape[1] == 0:
        return 0
    cdef PyThreadState *state = let_go(TOKEN * (qn + sn))
    status = sf_align(&query[0], &weight[0], qn, &source[0], sn, &anchors[0, 0], &anchors[1, 0], &anchors[2, 0], m, &costs,
                      &runs[0, 0], &runs[1, 0], &runs[2, 0], <size_t>runs.shape[1], &count)
    take_back(state)
    check(status)
    return count
