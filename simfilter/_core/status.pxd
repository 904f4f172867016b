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

cdef extern from "Python.h":
    ctypedef struct PyThreadState:
        pass
    PyThreadState *PyEval_SaveThread()
    void PyEval_RestoreThread(PyThreadState *state)

cdef enum:
    SHORT = 4096  # bytes of a text that are seen through in less time than the GIL takes to change hands
    TOKEN = 6     # bytes a token stands for

cdef inline PyThreadState *let_go(size_t size) noexcept:
    """Let go of the GIL for a text of more than `SHORT` bytes; until `take_back` nothing but the core may be called."""
    return PyEval_SaveThread() if size > SHORT else NULL

cdef inline void take_back(PyThreadState *state) noexcept:
    if state != NULL:
        PyEval_RestoreThread(state)
