"""Door to sf_rename."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from simfilter._core.status cimport SF_ERR_ARGUMENT, SF_ERR_CAPACITY, TOKEN, PyThreadState, check, let_go, sf_status, take_back


cdef extern from "simfilter/sf_rename.h" nogil:
    ctypedef struct sf_rename_extent:
        size_t left
        size_t right
        size_t equal
    sf_status sf_rename(const uint32_t *lexemes, const uint8_t *classes, size_t n, uint32_t window, const uint8_t *key,
                        uint32_t *renamed)
    void sf_rename_literals(const uint8_t *key, uint32_t *number, uint32_t *string)
    sf_status sf_rename_extend(const uint32_t *query_lexemes, const uint8_t *query_classes, size_t qn,
                               const uint32_t *source_lexemes, const uint8_t *source_classes, size_t sn,
                               size_t query_pos, size_t source_pos, size_t length, sf_rename_extent *extent)
    sf_status sf_rename_may_reach(const uint32_t *renamed, const uint8_t *classes, size_t n, const uint32_t *source, size_t sn,
                                  const uint32_t *names, size_t w, const uint32_t *query, const uint64_t *there, const uint32_t *length,
                                  size_t m, size_t least, uint8_t *may)


def rename(const uint32_t[::1] lexemes not None, const uint8_t[::1] classes not None, uint32_t window,
           const uint8_t[::1] key not None, uint32_t[::1] renamed not None):
    """Fill ``renamed`` with the abstracted tokens."""
    cdef sf_status status
    cdef size_t n = <size_t>lexemes.shape[0]
    if <size_t>classes.shape[0] != n or <size_t>renamed.shape[0] < n:
        check(SF_ERR_CAPACITY)
    if key.shape[0] != 16:
        check(SF_ERR_ARGUMENT)
    if n == 0:
        return
    cdef PyThreadState *state = let_go(TOKEN * n)
    status = sf_rename(&lexemes[0], &classes[0], n, window, &key[0], &renamed[0])
    take_back(state)
    check(status)


def rename_literals(const uint8_t[::1] key not None):
    """The symbols of number and string literals under ``key``."""
    cdef uint32_t number = 0, string = 0
    if key.shape[0] != 16:
        check(SF_ERR_ARGUMENT)
    sf_rename_literals(&key[0], &number, &string)
    return number, string


def rename_extend(const uint32_t[::1] query_lexemes not None, const uint8_t[::1] query_classes not None,
                  const uint32_t[::1] source_lexemes not None, const uint8_t[::1] source_classes not None,
                  size_t query_pos, size_t source_pos, size_t length):
    """(left, right, equal): the consistently renamed match is ``[query_pos - left, query_pos + right)``."""
    cdef sf_status status
    cdef sf_rename_extent extent
    cdef size_t qn = <size_t>query_lexemes.shape[0], sn = <size_t>source_lexemes.shape[0]
    if <size_t>query_classes.shape[0] != qn or <size_t>source_classes.shape[0] != sn:
        check(SF_ERR_CAPACITY)
    if qn == 0 or sn == 0:
        check(SF_ERR_ARGUMENT)
    cdef PyThreadState *state = let_go(TOKEN * qn)
    status = sf_rename_extend(&query_lexemes[0], &query_classes[0], qn, &source_lexemes[0], &source_classes[0], sn,
                              query_pos, source_pos, length, &extent)
    take_back(state)
    check(status)
    return extent.left, extent.right, extent.equal


def rename_may_reach(const uint32_t[::1] renamed not None, const uint8_t[::1] classes not None, const uint32_t[::1] source not None,
                     const uint32_t[::1] names not None, const uint32_t[::1] query not None, const uint64_t[::1] there not None,
                     const uint32_t[::1] length not None, size_t least, uint8_t[::1] may not None):
    """Fill ``may[m]`` with whether each run may be part of ``least`` consistently renamed tokens."""
    cdef sf_status status
    cdef size_t n = <size_t>renamed.shape[0], sn = <size_t>source.shape[0], w = <size_t>names.shape[0], m = <size_t>query.shape[0]
    if <size_t>classes.shape[0] != n or <size_t>there.shape[0] != m or <size_t>length.shape[0] != m or <size_t>may.shape[0] < m:
        check(SF_ERR_CAPACITY)
    if m == 0:
        return
    if n == 0 or sn == 0 or w == 0:
        check(SF_ERR_ARGUMENT)
    cdef PyThreadState *state = let_go(TOKEN * n)
    status = sf_rename_may_reach(&renamed[0], &classes[0], n, &source[0], sn, &names[0], w, &query[0], &there[0], &length[0], m, least,
                                 &may[0])
    take_back(state)
    check(status)
