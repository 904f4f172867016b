/* sf_status: what every fallible function of the core returns.
 *
 * Codes are appended, never renumbered; SF_STATUS_COUNT stays last so that a test can visit them all.
 * simfilter/_core/status.pyx is the only place that knows which exception a code becomes.
 */
#ifndef SIMFILTER_SF_STATUS_H
#define SIMFILTER_SF_STATUS_H

typedef enum {
    SF_OK = 0,
    SF_ERR_ARGUMENT = 1, /* an argument is outside its range */
    SF_ERR_CAPACITY = 2, /* a caller's buffer is too small */
    SF_ERR_MEMORY = 3,   /* an allocation failed */
    SF_ERR_FORMAT = 4,   /* bytes are not what they claim to be */
    SF_STATUS_COUNT
} sf_status;

/* A short English sentence for a code; never NULL, also for unknown codes. */
const char *sf_status_message(sf_status status);

#endif
