#include "simfilter/sf_status.h"

const char *sf_status_message(sf_status status)
{
    switch (status) {
    case SF_OK: return "ok";
    case SF_ERR_ARGUMENT: return "an argument is outside its range";
    case SF_ERR_CAPACITY: return "a buffer is too small";
    case SF_ERR_MEMORY: return "out of memory";
    case SF_ERR_FORMAT: return "the bytes are not what they claim to be";
    case SF_STATUS_COUNT: break;
    }
    return "unknown status";
}
