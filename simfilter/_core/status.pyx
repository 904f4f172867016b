"""The only place that knows which exception a status code becomes."""

from simfilter.errors import CapacityError, IndexDamagedError, ParameterError

cdef dict EXCEPTIONS = {
    SF_ERR_ARGUMENT: ParameterError,
    SF_ERR_CAPACITY: CapacityError,
    SF_ERR_MEMORY: MemoryError,
    SF_ERR_FORMAT: IndexDamagedError,
}


cdef int check(sf_status status) except -1:
    if status != SF_OK:
        raise EXCEPTIONS[status](sf_status_message(status).decode())
    return 0


def raise_status(int code):
    """Raise what ``code`` stands for; a test visits every code through this."""
    check(<sf_status>code)


STATUS_COUNT = SF_STATUS_COUNT
