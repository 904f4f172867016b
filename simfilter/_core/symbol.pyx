"""Door to csrc/include/simfilter/sf_symbol.h: keyed symbols of token bytes."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from simfilter._core.status cimport TOKEN, PyThreadState, check, let_go, sf_status, take_back

from simfilter.errors import ParameterError


cdef extern from "simfilter/sf_symbol.h" nogil:
    uint64_t sf_symbol_hash(const uint8_t *bytes, size_t size, const uint8_t *key)
    uint32_t sf_symbol_fold(uint64_t hash)
    sf_status sf_symbol_hash_spans(const uint8_t *bytes, size_t size, const uint32_t *starts,
                                   const uint32_t *ends, size_t n, const uint8_t *key, uint32_t *symbols)


cdef const uint8_t *secret(const uint8_t[::1] key) except NULL:
    if key.shape[0] != 16:
        raise ParameterError(f"need a key of 16 bytes, got {key.shape[0]}")
    return &key[0]


def symbol_hash(const uint8_t[::1] data not None, const uint8_t[::1] key not None):
    """The 64-bit SipHash-1-3 of ``data``."""
    cdef size_t size = <size_t>data.shape[0]
    return sf_symbol_hash(&data[0] if size else NULL, size, secret(key))


def symbol_fold(uint64_t hash):
    """The 32-bit symbol of a hash; never 0."""
    return sf_symbol_fold(hash)


def symbol_hash_spans(const uint8_t[::1] data not None, const uint32_t[::1] starts not None,
                      const uint32_t[::1] ends not None, const uint8_t[::1] key not None,
                      uint32_t[::1] symbols not None):
    """Fill ``symbols`` with the symbol of every span ``starts[i]..ends[i]`` of ``data``."""
    cdef sf_status status
    cdef size_t n = <size_t>starts.shape[0], size = <size_t>data.shape[0]
    if ends.shape[0] != starts.shape[0] or symbols.shape[0] < starts.shape[0]:
        raise ParameterError(f"need {n} ends and symbols as starts; got {ends.shape[0]}, {symbols.shape[0]}")
    cdef const uint8_t *source = &data[0] if size else NULL
    cdef const uint8_t *word = secret(key)
    cdef const uint32_t *start = &starts[0] if n else NULL
    cdef const uint32_t *end = &ends[0] if n else NULL
    cdef uint32_t *symbol = &symbols[0] if n else NULL
    cdef PyThreadState *state = let_go(TOKEN * n)
    status = sf_symbol_hash_spans(source, size, start, end, n, word, symbol)
    take_back(state)
    check(status)
