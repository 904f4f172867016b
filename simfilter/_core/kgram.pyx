"""Door to sf_kgram."""

from libc.stdint cimport uint32_t, uint64_t

from simfilter._core.status cimport TOKEN, PyThreadState, check, let_go, sf_status, take_back


cdef extern from "simfilter/sf_kgram.h" nogil:
    sf_status sf_kgram_hash(const uint32_t *tokens, size_t n, uint32_t k, uint64_t seed, uint64_t *hashes, size_t capacity)


def kgram_hash(const uint32_t[::1] tokens not None, uint32_t k, uint64_t seed, uint64_t[::1] hashes not None):
    """Fill ``hashes`` with the k-gram hashes of ``tokens``; 0 marks windows that hold a separator."""
    cdef sf_status status
    cdef size_t n = <size_t>tokens.shape[0], capacity = <size_t>hashes.shape[0]
    cdef const uint32_t *source = &tokens[0] if n else NULL
    cdef uint64_t *target = &hashes[0] if capacity else NULL
    cdef PyThreadState *state = let_go(TOKEN * n)
    status = sf_kgram_hash(source, n, k, seed, target, capacity)
    take_back(state)
    check(status)
