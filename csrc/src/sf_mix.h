/* sf_mix: the finaliser of splitmix64 (Steele, Lea, Flood 2014), shared by all hashes of the core that need no key. */
#ifndef SIMFILTER_SF_MIX_H
#define SIMFILTER_SF_MIX_H

#include <stdint.h>

#define SF_GOLDEN UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio, odd: what splitmix64 steps by */

static inline uint64_t sf_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* x scaled to 0 .. n-1 without division (Lemire 2019); n < 2^32. */
static inline uint32_t sf_scale(uint32_t x, uint32_t n)
{
    return (uint32_t)(((uint64_t)x * n) >> 32);
}

#endif
