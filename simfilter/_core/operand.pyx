"""Door to sf_operand."""

from libc.stdint cimport uint8_t, uint32_t

from simfilter._core.status cimport SF_ERR_CAPACITY, TOKEN, PyThreadState, check, let_go, sf_status, take_back


cdef extern from "simfilter/sf_operand.h" nogil:
    sf_status sf_operand_order(const uint8_t *bytes, size_t size, const uint32_t *starts, const uint32_t *ends,
                               const uint8_t *classes, const uint32_t *lexemes, size_t n, const uint32_t *first, const uint8_t *length,
                               size_t m, uint32_t less, uint32_t at_most, uint32_t *order, uint32_t *ordered)


def operand_order(const uint8_t[::1] source not None, const uint32_t[::1] starts not None, const uint32_t[::1] ends not None,
                  const uint8_t[::1] classes not None, const uint32_t[::1] lexemes not None, const uint32_t[::1] first not None,
                  const uint8_t[::1] length not None, uint32_t less, uint32_t at_most, uint32_t[::1] order not None,
                  uint32_t[::1] ordered not None):
    """Fill the token that stands at each place once operands are in order, and its symbol."""
    cdef sf_status status
    cdef size_t n = <size_t>starts.shape[0], m = <size_t>first.shape[0]
    if (<size_t>ends.shape[0] != n or <size_t>classes.shape[0] != n or <size_t>lexemes.shape[0] != n or <size_t>length.shape[0] != m
            or <size_t>order.shape[0] != n or <size_t>ordered.shape[0] != n):
        check(SF_ERR_CAPACITY)
    if n == 0:
        return
    cdef PyThreadState *state = let_go(TOKEN * n)
    status = sf_operand_order(&source[0] if source.shape[0] else NULL, <size_t>source.shape[0], &starts[0], &ends[0], &classes[0],
                              &lexemes[0], n, &first[0] if m else NULL, &length[0] if m else NULL, m, less, at_most, &order[0], &ordered[0])
    take_back(state)
    check(status)
