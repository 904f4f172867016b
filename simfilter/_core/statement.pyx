"""Door to sf_statement."""

from libc.stdint cimport uint8_t, uint32_t

from simfilter._core.status cimport SF_ERR_CAPACITY, TOKEN, PyThreadState, check, let_go, sf_status, take_back


cdef extern from "simfilter/sf_statement.h" nogil:
    enum:
        SF_STATEMENT_MOST
        SF_STATEMENT_LINES
        SF_STATEMENT_BRACES
        SF_STATEMENT_JOINS
        SF_STATEMENT_COLONS
        SF_STATEMENT_MODIFIERS
    sf_status sf_statement_cut(const uint8_t *bytes, size_t size, const uint32_t *starts, const uint32_t *ends,
                               const uint8_t *classes, size_t n, uint32_t flags, uint8_t *open, uint32_t *first, uint8_t *length,
                               size_t *count)
    sf_status sf_statement_hash(const uint32_t *lexemes, const uint8_t *classes, size_t n, const uint32_t *first,
                                const uint8_t *length, size_t m, uint32_t *hashes)
    sf_status sf_statement_pair(const uint32_t *lexemes, const uint8_t *classes, size_t n, const uint32_t *first,
                                const uint8_t *length, size_t m, const uint32_t *a, const uint32_t *b, size_t count, uint32_t *hashes)


STATEMENT_MOST = SF_STATEMENT_MOST
STATEMENT_LINES = SF_STATEMENT_LINES
STATEMENT_BRACES = SF_STATEMENT_BRACES
STATEMENT_JOINS = SF_STATEMENT_JOINS
STATEMENT_COLONS = SF_STATEMENT_COLONS
STATEMENT_MODIFIERS = SF_STATEMENT_MODIFIERS


def statement_cut(const uint8_t[::1] source not None, const uint32_t[::1] starts not None, const uint32_t[::1] ends not None,
                  const uint8_t[::1] classes not None, uint32_t flags, uint8_t[::1] scratch not None,
                  uint32_t[::1] first not None, uint8_t[::1] length not None):
    """Fill the first token and the length of each statement; returns how many there are."""
    cdef sf_status status
    cdef size_t n = <size_t>starts.shape[0], count = 0
    if (<size_t>ends.shape[0] != n or <size_t>classes.shape[0] != n or <size_t>scratch.shape[0] < n
            or <size_t>first.shape[0] < n or <size_t>length.shape[0] < n):
        check(SF_ERR_CAPACITY)
    if n == 0:
        return 0
    cdef PyThreadState *state = let_go(TOKEN * n)
    status = sf_statement_cut(&source[0] if source.shape[0] else NULL, <size_t>source.shape[0], &starts[0], &ends[0],
                              &classes[0], n, flags, &scratch[0], &first[0], &length[0], &count)
    take_back(state)
    check(status)
    return count


def statement_hash(const uint32_t[::1] lexemes not None, const uint8_t[::1] classes not None, const uint32_t[::1] first not None,
                   const uint8_t[::1] length not None, uint32_t[::1] hashes not None):
    """Fill the hash of each statement."""
    cdef sf_status status
    cdef size_t n = <size_t>lexemes.shape[0], m = <size_t>first.shape[0]
    if <size_t>classes.shape[0] != n or <size_t>length.shape[0] != m or <size_t>hashes.shape[0] < m:
        check(SF_ERR_CAPACITY)
    if m == 0:
        return
    cdef PyThreadState *state = let_go(TOKEN * n)
    status = sf_statement_hash(&lexemes[0] if n else NULL, &classes[0] if n else NULL, n, &first[0], &length[0], m, &hashes[0])
    take_back(state)
    check(status)


def statement_pair(const uint32_t[::1] lexemes not None, const uint8_t[::1] classes not None, const uint32_t[::1] first not None,
                   const uint8_t[::1] length not None, const uint32_t[::1] a not None, const uint32_t[::1] b not None,
                   uint32_t[::1] hashes not None):
    """Fill the hash of each statement ``a[i]`` followed by ``b[i]``."""
    cdef sf_status status
    cdef size_t n = <size_t>lexemes.shape[0], m = <size_t>first.shape[0], count = <size_t>a.shape[0]
    if (<size_t>classes.shape[0] != n or <size_t>length.shape[0] != m or <size_t>b.shape[0] != count
            or <size_t>hashes.shape[0] < count):
        check(SF_ERR_CAPACITY)
    if count == 0:
        return
    cdef PyThreadState *state = let_go(TOKEN * n)
    status = sf_statement_pair(&lexemes[0] if n else NULL, &classes[0] if n else NULL, n, &first[0] if m else NULL,
                               &length[0] if m else NULL, m, &a[0], &b[0], count, &hashes[0])
    take_back(state)
    check(status)
