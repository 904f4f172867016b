"""Door to sf_cluster."""

from libc.stdint cimport uint32_t

from simfilter._core.status cimport SF_ERR_CAPACITY, check, sf_status


cdef extern from "simfilter/sf_cluster.h" nogil:
    sf_status sf_cluster_join(uint32_t *parent, size_t n, const uint32_t *left, const uint32_t *right, size_t m)
    sf_status sf_cluster_roots(uint32_t *parent, size_t n)


def cluster_join(uint32_t[::1] parent not None, const uint32_t[::1] left not None, const uint32_t[::1] right not None):
    """Join the clusters of ``left[i]`` and ``right[i]`` in the forest ``parent``."""
    cdef sf_status status
    cdef size_t n = <size_t>parent.shape[0], m = <size_t>left.shape[0]
    if <size_t>right.shape[0] != m:
        check(SF_ERR_CAPACITY)
    if m == 0:
        return
    cdef uint32_t *forest = &parent[0] if n else NULL
    with nogil:
        status = sf_cluster_join(forest, n, &left[0], &right[0], m)
    check(status)


def cluster_roots(uint32_t[::1] parent not None):
    """Let every member of ``parent`` point at the lowest member of its cluster."""
    cdef sf_status status
    cdef size_t n = <size_t>parent.shape[0]
    if n == 0:
        return
    with nogil:
        status = sf_cluster_roots(&parent[0], n)
    check(status)
