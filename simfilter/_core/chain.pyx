"""Door to sf_chain."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from simfilter._core.status cimport SF_ERR_CAPACITY, TOKEN, PyThreadState, check, let_go, sf_status, take_back


cdef extern from "simfilter/sf_chain.h" nogil:
    sf_status sf_chain(const uint32_t *query, const uint64_t *source, const uint32_t *length, const float *weight, size_t n,
                       float gap_cost, uint32_t max_gap, uint32_t *chain, size_t *chains)
    ctypedef struct sf_chain_group_costs:
        double part
        double apart[2]
        size_t most
    ctypedef struct sf_chain_costs:
        float gap_cost
        uint32_t max_gap
        double part, copy
        size_t documents
        sf_chain_group_costs group
    ctypedef struct sf_chain_copies:
        uint32_t *anchors
        uint32_t *chain_end
        double *chain_weight
        uint32_t *copy_end
        size_t copies
    sf_status sf_chain_propose(const uint32_t *query, const uint64_t *source, const uint32_t *length, const uint64_t *document, size_t n,
                               const float *worth, size_t tokens, const sf_chain_costs *costs, sf_chain_copies *found)
    void sf_chain_weigh(const uint32_t *starts, const uint32_t *ends, size_t n, const float *worth, size_t sizes, float *weight)


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


def chain_propose(const uint32_t[::1] query not None, const uint64_t[::1] source not None, const uint32_t[::1] length not None,
                  const int64_t[::1] document not None, const float[::1] worth not None, tuple costs not None,
                  uint32_t[:, ::1] numbers not None, double[::1] weight not None):
    """Fill ``numbers[3, n]`` with the anchors of all copies, where among them each chain ends, and where among these each copy ends;
    ``weight[n]`` with that of each chain. Returns how many copies there are."""
    cdef sf_status status
    cdef size_t n = <size_t>query.shape[0], tokens = <size_t>worth.shape[0]
    cdef sf_chain_costs of
    cdef sf_chain_copies found
    if <size_t>source.shape[0] != n or <size_t>length.shape[0] != n or <size_t>document.shape[0] != n or numbers.shape[0] != 3 \
            or <size_t>numbers.shape[1] != n or <size_t>weight.shape[0] != n:
        check(SF_ERR_CAPACITY)
    if n == 0 or tokens == 0:
        return 0
    of.gap_cost, of.max_gap, of.part, of.copy, of.documents = costs[:5]
    of.group.part, of.group.apart[0], of.group.apart[1], of.group.most = costs[5:]
    found.anchors, found.chain_end, found.copy_end, found.chain_weight = &numbers[0, 0], &numbers[1, 0], &numbers[2, 0], &weight[0]
    cdef PyThreadState *state = let_go(TOKEN * (n + tokens))
    status = sf_chain_propose(&query[0], &source[0], &length[0], <const uint64_t *>&document[0], n, &worth[0], tokens, &of, &found)
    take_back(state)
    check(status)
    return found.copies


def chain_weigh(const uint32_t[::1] starts not None, const uint32_t[::1] ends not None, const float[::1] worth not None,
                float[::1] weight not None):
    """Fill ``weight[n]`` with what each token is worth by its size, those beyond ``worth`` as much as its last."""
    cdef size_t n = <size_t>starts.shape[0], sizes = <size_t>worth.shape[0]
    if <size_t>ends.shape[0] != n or <size_t>weight.shape[0] != n or sizes == 0:
        check(SF_ERR_CAPACITY)
    if n:
        sf_chain_weigh(&starts[0], &ends[0], n, &worth[0], sizes, &weight[0])
