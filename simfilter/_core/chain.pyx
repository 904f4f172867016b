"""Door to sf_chain."""

from libc.stdint cimport uint32_t, uint64_t

from simfilter._core.status cimport SF_ERR_CAPACITY, check, sf_status


cdef extern from "simfilter/sf_chain.h" nogil:
    sf_status sf_chain(const uint32_t *query, const uint64_t *source, const uint32_t *length, const float *weight, size_t n,
                       float gap_cost, uint32_t max_gap, uint32_t *chain, size_t *chains)


def chain(const uint32_t[::1] query not None, const uint64_t[::1] source not None, const uint32_t[::1] length not None,
          const float[::1] weight not None, float gap_cost, uint32_t max_gap, uint32_t[::1] numbers not None):
    """Fill ``numbers`` with the chain of each anchor; returns how many chains there are."""
    cdef sf_status status
    cdef size_t n = <size_t>query.shape[0], chains = 0
    if <size_t>source.shape[0] != n or <size_t>length.shape[0] != n or <size_t>weight.shape[0] != n or <size_t>numbers.shape[0] != n:
        check(SF_ERR_CAPACITY)
    if n == 0:
        return 0
    with nogil:
        status = sf_chain(&query[0], &source[0], &length[0], &weight[0], n, gap_cost, max_gap, &numbers[0], &chains)
    check(status)
    return chains
