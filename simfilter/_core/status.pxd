cdef extern from "simfilter/sf_status.h" nogil:
    ctypedef enum sf_status:
        SF_OK
        SF_ERR_ARGUMENT
        SF_ERR_CAPACITY
        SF_ERR_MEMORY
        SF_ERR_FORMAT
        SF_STATUS_COUNT
    const char *sf_status_message(sf_status status)

cdef int check(sf_status status) except -1
