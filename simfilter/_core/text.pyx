"""Door to csrc/include/simfilter/sf_text.h: the text view."""

from libc.stdint cimport uint8_t, uint32_t

from simfilter._core.status cimport PyThreadState, check, let_go, sf_status, take_back

from simfilter.errors import ParameterError


cdef extern from "simfilter/sf_text.h" nogil:
    size_t SF_TEXT_GROWTH
    sf_status sf_text_tokenize(const uint8_t *bytes, size_t size, const uint8_t *key, uint32_t *symbols,
                               uint32_t *starts, uint32_t *ends, size_t capacity, size_t *count)
    sf_status sf_text_tokenize_growing(const uint8_t *bytes, size_t size, const uint8_t *key, uint32_t *symbols,
                                       uint32_t *starts, uint32_t *ends, size_t capacity, size_t *count, size_t *fixed)
    sf_status sf_text_normalize(const uint8_t *bytes, size_t size, uint8_t *out, size_t out_capacity,
                                uint32_t *out_ends, uint32_t *starts, uint32_t *ends, size_t capacity,
                                size_t *count, size_t *out_size)
    const char *sf_text_unicode()


TEXT_GROWTH = SF_TEXT_GROWTH
TEXT_UNICODE = sf_text_unicode().decode()


def text_tokenize(const uint8_t[::1] data not None, const uint8_t[::1] key not None,
                  uint32_t[::1] symbols not None, uint32_t[::1] starts not None, uint32_t[::1] ends not None):
    """Fill the arrays with the tokens of ``data`` and return how many there are."""
    cdef sf_status status
    cdef size_t count = 0, size = <size_t>data.shape[0]
    cdef size_t capacity = <size_t>min(symbols.shape[0], starts.shape[0], ends.shape[0])
    cdef const uint8_t *source = &data[0] if size else NULL
    cdef uint32_t *symbol = &symbols[0] if capacity else NULL
    cdef uint32_t *start = &starts[0] if capacity else NULL
    cdef uint32_t *end = &ends[0] if capacity else NULL
    if key.shape[0] != 16:
        raise ParameterError(f"need a key of 16 bytes, got {key.shape[0]}")
    cdef const uint8_t *secret = &key[0]
    cdef PyThreadState *state = let_go(size)
    status = sf_text_tokenize(source, size, secret, symbol, start, end, capacity, &count)
    take_back(state)
    check(status)
    return count


def text_tokenize_growing(const uint8_t[::1] data not None, const uint8_t[::1] key not None,
                          uint32_t[::1] symbols not None, uint32_t[::1] starts not None, uint32_t[::1] ends not None):
    """As `text_tokenize`; return how many tokens there are, and how many of them stay whatever follows."""
    cdef sf_status status
    cdef size_t count = 0, fixed = 0, size = <size_t>data.shape[0]
    cdef size_t capacity = <size_t>min(symbols.shape[0], starts.shape[0], ends.shape[0])
    cdef const uint8_t *source = &data[0] if size else NULL
    cdef uint32_t *symbol = &symbols[0] if capacity else NULL
    cdef uint32_t *start = &starts[0] if capacity else NULL
    cdef uint32_t *end = &ends[0] if capacity else NULL
    if key.shape[0] != 16:
        raise ParameterError(f"need a key of 16 bytes, got {key.shape[0]}")
    cdef const uint8_t *secret = &key[0]
    with nogil:
        status = sf_text_tokenize_growing(source, size, secret, symbol, start, end, capacity, &count, &fixed)
    check(status)
    return count, fixed


def text_normalize(const uint8_t[::1] data not None, uint8_t[::1] out not None,
                   uint32_t[::1] out_ends not None, uint32_t[::1] starts not None,
                   uint32_t[::1] ends not None):
    """Fill ``out`` with the normalised tokens of ``data``; return how many tokens and how many bytes."""
    cdef sf_status status
    cdef size_t count = 0, out_size = 0, size = <size_t>data.shape[0], room = <size_t>out.shape[0]
    cdef size_t capacity = <size_t>min(out_ends.shape[0], starts.shape[0], ends.shape[0])
    cdef const uint8_t *source = &data[0] if size else NULL
    cdef uint8_t *target = &out[0] if room else NULL
    cdef uint32_t *out_end = &out_ends[0] if capacity else NULL
    cdef uint32_t *start = &starts[0] if capacity else NULL
    cdef uint32_t *end = &ends[0] if capacity else NULL
    cdef PyThreadState *state = let_go(size)
    status = sf_text_normalize(source, size, target, room, out_end, start, end, capacity, &count, &out_size)
    take_back(state)
    check(status)
    return count, out_size
