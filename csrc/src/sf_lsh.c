#include "simfilter/sf_lsh.h"

#include "sf_mix.h"

sf_status sf_lsh_bands(const uint32_t *signature, size_t m, uint32_t bands, uint32_t rows, uint64_t *keys)
{
    if (bands == 0 || rows == 0 || (uint64_t)bands * rows > m)
        return SF_ERR_ARGUMENT;
    for (uint32_t band = 0; band < bands; band++) {
        uint64_t key = sf_mix((uint64_t)band + 1);
        for (uint32_t row = 0; row < rows; row++)
            key = sf_mix(key ^ signature[(size_t)band * rows + row]) + UINT64_C(0x9e3779b97f4a7c15);
        keys[band] = key;
    }
    return SF_OK;
}
