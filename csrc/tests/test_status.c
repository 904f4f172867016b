#include "simfilter/sf_status.h"

#include <string.h>

#include "check.h"

int main(void)
{
    for (int a = 0; a < SF_STATUS_COUNT; a++) {
        CHECK(sf_status_message((sf_status)a)[0] != 0);
        CHECK(strcmp(sf_status_message((sf_status)a), sf_status_message(SF_STATUS_COUNT)) != 0);
        for (int b = 0; b < a; b++)
            CHECK(strcmp(sf_status_message((sf_status)a), sf_status_message((sf_status)b)) != 0);
    }
    CHECK(sf_status_message((sf_status)1000) != NULL);
    return CHECK_DONE("status");
}
