"""Door to sf_minhash and sf_lsh, a call for many documents."""

from libc.stdint cimport uint32_t, uint64_t

from simfilter._core.status cimport SF_ERR_ARGUMENT, SF_ERR_CAPACITY, SF_OK, check, sf_status


cdef extern from "simfilter/sf_minhash.h" nogil:
    sf_status sf_minhash_sign(const uint64_t *hashes, size_t n, uint64_t seed, uint32_t *signature, size_t m)
    sf_status sf_minhash_resemblance(const uint32_t *a, const uint32_t *b, size_t m, double *resemblance)

cdef extern from "simfilter/sf_lsh.h" nogil:
    sf_status sf_lsh_bands(const uint32_t *signature, size_t m, uint32_t bands, uint32_t rows, uint64_t *keys)


def minhash_sign(const uint64_t[::1] hashes not None, const uint64_t[::1] offsets not None, uint64_t seed,
                 uint32_t[:, ::1] signatures not None):
    """Sign the sets ``hashes[offsets[i]:offsets[i + 1]]``, a row of ``signatures`` each."""
    cdef sf_status status = SF_OK
    cdef size_t total = <size_t>hashes.shape[0], rows = <size_t>signatures.shape[0], m = <size_t>signatures.shape[1], row
    if <size_t>offsets.shape[0] != rows + 1:
        check(SF_ERR_CAPACITY)
    for row in range(rows):
        if offsets[row] > offsets[row + 1] or offsets[row + 1] > total:
            check(SF_ERR_ARGUMENT)
    if rows == 0 or m == 0:
        check(SF_OK if m else SF_ERR_ARGUMENT)
        return
    cdef const uint64_t *source = &hashes[0] if total else NULL
    with nogil:
        for row in range(rows):
            status = sf_minhash_sign(source + offsets[row], offsets[row + 1] - offsets[row], seed, &signatures[row, 0], m)
            if status != SF_OK:
                break
    check(status)


def minhash_resemblance(const uint32_t[::1] a not None, const uint32_t[::1] b not None):
    """Share of equal values of two signatures of one length."""
    cdef double resemblance = 0
    if a.shape[0] != b.shape[0] or a.shape[0] == 0:
        check(SF_ERR_ARGUMENT)
    check(sf_minhash_resemblance(&a[0], &b[0], <size_t>a.shape[0], &resemblance))
    return resemblance


def lsh_bands(const uint32_t[:, ::1] signatures not None, uint32_t bands, uint32_t rows, uint64_t[:, ::1] keys not None):
    """Fill a row of ``keys`` with the band keys of each row of ``signatures``."""
    cdef sf_status status = SF_OK
    cdef size_t count = <size_t>signatures.shape[0], m = <size_t>signatures.shape[1], row
    if <size_t>keys.shape[0] != count or <size_t>keys.shape[1] != bands:
        check(SF_ERR_CAPACITY)
    if count == 0 or m == 0 or bands == 0:
        check(SF_OK if m and bands else SF_ERR_ARGUMENT)
        return
    with nogil:
        for row in range(count):
            status = sf_lsh_bands(&signatures[row, 0], m, bands, rows, &keys[row, 0])
            if status != SF_OK:
                break
    check(status)
