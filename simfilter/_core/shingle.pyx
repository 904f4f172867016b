"""Door to sf_shingle and sf_squeeze, a call for many documents."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from simfilter._core.status cimport SF_ERR_ARGUMENT, SF_ERR_CAPACITY, check, sf_status


cdef extern from "simfilter/sf_shingle.h" nogil:
    sf_status sf_shingle_tokenize(const uint8_t *bytes, const uint64_t *offsets, size_t d, const uint8_t *key, uint32_t *symbols,
                                  size_t capacity, uint64_t *token_offsets)
    sf_status sf_shingle_sign(const uint32_t *symbols, const uint64_t *offsets, size_t d, uint32_t k, uint64_t kgram_seed, uint64_t seed,
                              uint32_t *signatures, size_t m)
    sf_status sf_shingle_sets(const uint32_t *symbols, const uint64_t *offsets, size_t d, uint32_t k, uint64_t kgram_seed,
                              uint64_t *hashes, size_t capacity, uint64_t *set_offsets)
    sf_status sf_shingle_pairs(const uint64_t *hashes, const uint64_t *offsets, size_t d, const uint32_t *left, const uint32_t *right,
                               size_t p, uint32_t *common)

cdef extern from "simfilter/sf_squeeze.h" nogil:
    sf_status sf_squeeze(const uint8_t *bytes, const uint64_t *offsets, size_t d, uint8_t *out, size_t capacity, uint64_t *out_offsets)


cdef int bound(const uint64_t[::1] offsets, Py_ssize_t size) except -1:
    """Refuse offsets that are none or leave an array of ``size``."""
    if offsets.shape[0] == 0:
        check(SF_ERR_CAPACITY)
    if offsets[offsets.shape[0] - 1] > <uint64_t>size:
        check(SF_ERR_ARGUMENT)
    return 0


def shingle_tokenize(const uint8_t[::1] data not None, const uint64_t[::1] offsets not None, const uint8_t[::1] key not None,
                     uint32_t[::1] symbols not None, uint64_t[::1] token_offsets not None):
    """Fill the tokens of the documents ``data[offsets[i]:offsets[i + 1]]``."""
    cdef sf_status status
    cdef size_t d = <size_t>offsets.shape[0] - 1, capacity = <size_t>symbols.shape[0]
    bound(offsets, data.shape[0])
    if token_offsets.shape[0] != offsets.shape[0]:
        check(SF_ERR_CAPACITY)
    if key.shape[0] != 16:
        check(SF_ERR_ARGUMENT)
    cdef const uint8_t *source = &data[0] if data.shape[0] else NULL
    cdef uint32_t *target = &symbols[0] if capacity else NULL
    with nogil:
        status = sf_shingle_tokenize(source, &offsets[0], d, &key[0], target, capacity, &token_offsets[0])
    check(status)


def shingle_sign(const uint32_t[::1] symbols not None, const uint64_t[::1] offsets not None, uint32_t k, uint64_t kgram_seed, uint64_t seed,
                 uint32_t[:, ::1] signatures not None):
    """Fill a row of ``signatures`` for each document of tokens."""
    cdef sf_status status
    cdef size_t d = <size_t>offsets.shape[0] - 1, m = <size_t>signatures.shape[1]
    bound(offsets, symbols.shape[0])
    if <size_t>signatures.shape[0] != d:
        check(SF_ERR_CAPACITY)
    if m == 0:
        check(SF_ERR_ARGUMENT)
    if d == 0:
        return
    cdef const uint32_t *source = &symbols[0] if symbols.shape[0] else NULL
    with nogil:
        status = sf_shingle_sign(source, &offsets[0], d, k, kgram_seed, seed, &signatures[0, 0], m)
    check(status)


def shingle_sets(const uint32_t[::1] symbols not None, const uint64_t[::1] offsets not None, uint32_t k, uint64_t kgram_seed,
                 uint64_t[::1] hashes not None, uint64_t[::1] set_offsets not None):
    """Fill the ascending sets of shingles of documents of tokens."""
    cdef sf_status status
    cdef size_t d = <size_t>offsets.shape[0] - 1, capacity = <size_t>hashes.shape[0]
    bound(offsets, symbols.shape[0])
    if set_offsets.shape[0] != offsets.shape[0]:
        check(SF_ERR_CAPACITY)
    cdef const uint32_t *source = &symbols[0] if symbols.shape[0] else NULL
    cdef uint64_t *target = &hashes[0] if capacity else NULL
    with nogil:
        status = sf_shingle_sets(source, &offsets[0], d, k, kgram_seed, target, capacity, &set_offsets[0])
    check(status)


def shingle_pairs(const uint64_t[::1] hashes not None, const uint64_t[::1] offsets not None, const uint32_t[::1] left not None,
                  const uint32_t[::1] right not None, uint32_t[::1] common not None):
    """Fill how many members the sets ``left[i]`` and ``right[i]`` have in common."""
    cdef sf_status status
    cdef size_t d = <size_t>offsets.shape[0] - 1, p = <size_t>left.shape[0]
    bound(offsets, hashes.shape[0])
    if <size_t>right.shape[0] != p or <size_t>common.shape[0] != p:
        check(SF_ERR_CAPACITY)
    if p == 0:
        return
    cdef const uint64_t *source = &hashes[0] if hashes.shape[0] else NULL
    with nogil:
        status = sf_shingle_pairs(source, &offsets[0], d, &left[0], &right[0], p, &common[0])
    check(status)


def squeeze(const uint8_t[::1] data not None, const uint64_t[::1] offsets not None, uint8_t[::1] out not None,
            uint64_t[::1] out_offsets not None):
    """Fill ``out`` with the texts ``data[offsets[i]:offsets[i + 1]]``, each run of white space one space."""
    cdef sf_status status
    cdef size_t d = <size_t>offsets.shape[0] - 1, capacity = <size_t>out.shape[0]
    bound(offsets, data.shape[0])
    if out_offsets.shape[0] != offsets.shape[0]:
        check(SF_ERR_CAPACITY)
    cdef const uint8_t *source = &data[0] if data.shape[0] else NULL
    cdef uint8_t *target = &out[0] if capacity else NULL
    with nogil:
        status = sf_squeeze(source, &offsets[0], d, target, capacity, &out_offsets[0])
    check(status)
