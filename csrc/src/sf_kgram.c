/* A polynomial in an odd base over Z/2^64 (Rabin-Karp) of mixed tokens, finalised: tokens are mixed first because low bits of a plain
 * polynomial modulo a power of two see only low bits of the tokens. */
#include "simfilter/sf_kgram.h"

#include "sf_mix.h"

static const uint64_t BASE = UINT64_C(0x9e3779b97f4a7c15); /* odd: 2^64 / golden ratio */

enum { RING = 64 }; /* mixed tokens remembered until they leave the window */

size_t sf_kgram_count(size_t n, uint32_t k)
{
    return k == 0 || n < k ? 0 : n - k + 1;
}

sf_status sf_kgram_hash(const uint32_t *tokens, size_t n, uint32_t k, uint64_t seed, uint64_t *hashes, size_t capacity)
{
    if (k == 0)
        return SF_ERR_ARGUMENT;
    size_t count = sf_kgram_count(n, k);
    if (capacity < count)
        return SF_ERR_CAPACITY;
    uint64_t last_power = 1; /* BASE^k: weight of the token that leaves */
    for (uint32_t i = 0; i < k; i++)
        last_power *= BASE;
    uint64_t salt = sf_mix(seed + k), sum = 0, mixed[RING];
    size_t behind = 0; /* tokens since the last separator */
    for (size_t i = 0; i < n; i++) {
        uint64_t enters = sf_mix(tokens[i] + salt);
        sum = sum * BASE + enters;
        if (i >= k)
            sum -= last_power * (k <= RING ? mixed[(i - k) % RING] : sf_mix(tokens[i - k] + salt));
        mixed[i % RING] = enters;
        behind = tokens[i] == 0 ? 0 : behind + 1;
        if (i + 1 >= k) {
            uint64_t hash = sf_mix(sum ^ salt);
            hashes[i + 1 - k] = behind < k ? 0 : hash + (hash == 0);
        }
    }
    return SF_OK;
}
