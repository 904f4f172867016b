#include "simfilter/sf_lsh.h"

#include "check.h"

int main(void)
{
    uint32_t a[12], b[12];
    uint64_t mine[4], yours[4];

    for (int i = 0; i < 12; i++)
        a[i] = b[i] = (uint32_t)draw();
    CHECK(sf_lsh_bands(a, 12, 0, 3, mine) == SF_ERR_ARGUMENT && sf_lsh_bands(a, 12, 4, 0, mine) == SF_ERR_ARGUMENT);
    CHECK(sf_lsh_bands(a, 11, 4, 3, mine) == SF_ERR_ARGUMENT && sf_lsh_bands(a, 12, UINT32_MAX, UINT32_MAX, mine) == SF_ERR_ARGUMENT);
    for (int changed = 0; changed < 12; changed++) { /* a band's key is equal exactly when its rows are */
        b[changed] ^= 1;
        CHECK(sf_lsh_bands(a, 12, 4, 3, mine) == SF_OK && sf_lsh_bands(b, 12, 4, 3, yours) == SF_OK);
        for (int band = 0; band < 4; band++)
            CHECK((mine[band] == yours[band]) == (band != changed / 3));
        b[changed] ^= 1;
    }
    for (int i = 0; i < 12; i++)
        a[i] = 7;
    CHECK(sf_lsh_bands(a, 12, 4, 3, mine) == SF_OK);
    CHECK(mine[0] != mine[1] && mine[1] != mine[2] && mine[2] != mine[3]); /* the band's number is in its key */
    return CHECK_DONE("lsh");
}
