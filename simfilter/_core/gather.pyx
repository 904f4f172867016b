"""Door to sf_gather."""

from libc.stdint cimport uint32_t, uint64_t

from simfilter._core.status cimport SF_ERR_CAPACITY, TOKEN, PyThreadState, check, let_go, sf_status, take_back


cdef extern from "simfilter/sf_gather.h" nogil:
    ctypedef struct sf_gather_limits:
        uint32_t size
        uint32_t margin
        uint32_t most
        double least
        double share
    ctypedef struct sf_gather_window:
        uint64_t document
        uint64_t query[2]
        uint64_t source[2]
        double bits
    void sf_gather_find(const uint32_t *pairs, size_t p, const uint32_t *hashes, size_t n, uint64_t *low, uint64_t *high)
    sf_status sf_gather(const uint32_t *query, const uint64_t *source, const double *bits, size_t n, size_t m, const uint64_t *firsts,
                        size_t documents, const sf_gather_limits *limits, sf_gather_window *windows, size_t capacity, size_t *count)


cdef enum:
    MOST_WINDOWS = 256


def gather_find(const uint32_t[::1] pairs not None, const uint32_t[::1] hashes not None, uint64_t[::1] low not None,
                uint64_t[::1] high not None):
    """Fill the range ``low[i]`` to ``high[i]`` of the ascending ``pairs`` that equal each of ``hashes``."""
    cdef PyThreadState *state
    cdef size_t p = <size_t>pairs.shape[0], n = <size_t>hashes.shape[0]
    if <size_t>low.shape[0] != n or <size_t>high.shape[0] != n:
        check(SF_ERR_CAPACITY)
    if n:
        state = let_go(TOKEN * n)
        sf_gather_find(&pairs[0] if p else NULL, p, &hashes[0], n, &low[0], &high[0])
        take_back(state)


def gather(const uint32_t[::1] query not None, const uint64_t[::1] source not None, const double[::1] bits not None, size_t m,
           const uint64_t[::1] firsts not None, uint32_t size, uint32_t margin, uint32_t most, double least, double share):
    """The windows in which seeds gather, at most MOST_WINDOWS: tuples (document, (query, end), (source, end), bits)."""
    cdef size_t n = <size_t>query.shape[0], count = 0
    cdef sf_status status
    cdef sf_gather_limits limits
    cdef sf_gather_window windows[MOST_WINDOWS]
    if <size_t>source.shape[0] != n or <size_t>bits.shape[0] != n or firsts.shape[0] < 1:
        check(SF_ERR_CAPACITY)
    if n == 0:
        return []
    limits = [size, margin, most, least, share]
    cdef PyThreadState *state = let_go(TOKEN * (n + m))
    status = sf_gather(&query[0], &source[0], &bits[0], n, m, &firsts[0], <size_t>firsts.shape[0] - 1, &limits, windows, MOST_WINDOWS,
                       &count)
    take_back(state)
    check(status)
    return [(window.document, (window.query[0], window.query[1]), (window.source[0], window.source[1]), window.bits)
            for window in windows[:count]]
