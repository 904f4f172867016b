"""Door to sf_position."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from simfilter._core.status cimport SF_ERR_CAPACITY, TOKEN, PyThreadState, check, let_go, sf_status, take_back


cdef extern from "simfilter/sf_position.h" nogil:
    size_t SF_POSITION_STRIDE
    ctypedef struct sf_positions:
        const uint8_t *gaps
        const uint8_t *lengths
        const uint64_t *checkpoints
        const uint64_t *exceptions
        size_t n
        size_t count
    sf_status sf_position_unpack(const sf_positions *packed, size_t first, size_t last, int64_t *starts, int64_t *ends)
    void sf_position_documents(const uint64_t *starts, size_t documents, const uint64_t *tokens, size_t n, int64_t *holding)


POSITION_STRIDE = SF_POSITION_STRIDE


def position_unpack(const uint8_t[::1] gaps not None, const uint8_t[::1] lengths not None, const uint64_t[::1] checkpoints not None,
                    const uint64_t[::1] exceptions not None, size_t first, size_t last, int64_t[::1] starts not None,
                    int64_t[::1] ends not None):
    """Fill ``starts`` and ``ends`` with the bytes at which the tokens ``first..last`` stand."""
    cdef sf_status status
    cdef sf_positions packed
    packed.n, packed.count = <size_t>gaps.shape[0], <size_t>exceptions.shape[0] // 3
    if <size_t>lengths.shape[0] != packed.n or <size_t>checkpoints.shape[0] != (packed.n + SF_POSITION_STRIDE - 1) // SF_POSITION_STRIDE \
            or (first < last and (<size_t>starts.shape[0] < last - first or <size_t>ends.shape[0] < last - first)):
        check(SF_ERR_CAPACITY)
    packed.gaps = &gaps[0] if packed.n else NULL
    packed.lengths = &lengths[0] if packed.n else NULL
    packed.checkpoints = &checkpoints[0] if packed.n else NULL
    packed.exceptions = &exceptions[0] if packed.count else NULL
    cdef PyThreadState *state = let_go(TOKEN * (last - first) if first < last else 0)
    status = sf_position_unpack(&packed, first, last, &starts[0] if first < last else NULL, &ends[0] if first < last else NULL)
    take_back(state)
    check(status)


def position_documents(const uint64_t[::1] starts not None, const uint64_t[::1] tokens not None, int64_t[::1] holding not None):
    """Fill ``holding`` with the document each of ``tokens`` stands in, whose first tokens are ``starts``; -1 for those before all."""
    cdef size_t documents = <size_t>starts.shape[0], n = <size_t>tokens.shape[0]
    if <size_t>holding.shape[0] != n:
        check(SF_ERR_CAPACITY)
    if n:
        sf_position_documents(&starts[0] if documents else NULL, documents, &tokens[0], n, &holding[0])
