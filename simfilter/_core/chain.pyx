"""Door to sf_chain."""

from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from simfilter._core.status cimport SF_ERR_CAPACITY, SF_ERR_MEMORY, check, sf_status


cdef extern from "simfilter/sf_chain.h" nogil:
    sf_status sf_chain(const uint32_t *query, const uint64_t *source, const uint32_t *length, const float *weight, size_t n,
                       float gap_cost, uint32_t max_gap, uint32_t *chain, size_t *chains)
    ctypedef struct sf_chain_hull:
        uint64_t document
        uint64_t query[2]
        uint64_t source[2]
        double weight
    ctypedef struct sf_chain_group_costs:
        double part
        double apart[2]
        size_t most
    sf_status sf_chain_group(const sf_chain_hull *chains, size_t n, const sf_chain_group_costs *costs, uint32_t *group, size_t *groups)


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


def chain_group(const uint64_t[::1] documents not None, const uint64_t[:, ::1] hulls not None, const double[::1] weights not None,
                double part, double apart_query, double apart_source, size_t most, uint32_t[::1] groups not None):
    """Fill ``groups`` with the group of each chain at ``hulls[n, 4]`` (query, end, source, end); returns how many groups there are."""
    cdef sf_status status
    cdef size_t n = <size_t>documents.shape[0], count = 0, i
    cdef sf_chain_group_costs costs
    if <size_t>hulls.shape[0] != n or hulls.shape[1] != 4 or <size_t>weights.shape[0] != n or <size_t>groups.shape[0] != n:
        check(SF_ERR_CAPACITY)
    if n == 0:
        return 0
    cdef sf_chain_hull *chains = <sf_chain_hull *>malloc(n * sizeof(sf_chain_hull))
    if chains == NULL:
        check(SF_ERR_MEMORY)
    costs.part, costs.apart[0], costs.apart[1], costs.most = part, apart_query, apart_source, most
    with nogil:
        for i in range(n):
            chains[i].document, chains[i].weight = documents[i], weights[i]
            chains[i].query[0], chains[i].query[1] = hulls[i, 0], hulls[i, 1]
            chains[i].source[0], chains[i].source[1] = hulls[i, 2], hulls[i, 3]
        status = sf_chain_group(chains, n, &costs, &groups[0], &count)
        free(chains)
    check(status)
    return count
