#include "simfilter/sf_kgram.h"

#include "check.h"

enum { N = 300 };

/* The definition, one window at a time: a polynomial of mixed tokens, mixed again. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t naive(const uint32_t *tokens, uint32_t k, uint64_t seed)
{
    uint64_t salt = mix(seed + k), sum = 0;
    for (uint32_t i = 0; i < k; i++) {
        if (tokens[i] == 0)
            return 0;
        sum = sum * UINT64_C(0x9e3779b97f4a7c15) + mix(tokens[i] + salt);
    }
    uint64_t hash = mix(sum ^ salt);
    return hash + (hash == 0);
}

int main(void)
{
    uint32_t tokens[N];
    uint64_t hashes[N], other[N];

    CHECK(sf_kgram_count(10, 3) == 8 && sf_kgram_count(3, 3) == 1 && sf_kgram_count(2, 3) == 0 && sf_kgram_count(5, 0) == 0);
    CHECK(sf_kgram_hash(tokens, N, 0, 0, hashes, N) == SF_ERR_ARGUMENT);
    for (int i = 0; i < N; i++)
        tokens[i] = (uint32_t)(draw() % 7); /* 0 is the separator */
    CHECK(sf_kgram_hash(tokens, N, 4, 0, hashes, N - 4) == SF_ERR_CAPACITY);
    CHECK(sf_kgram_hash(tokens, N, 4, 0, hashes, N - 3) == SF_OK);
    CHECK(sf_kgram_hash(tokens, 3, 4, 0, hashes, 0) == SF_OK); /* shorter than a window: no hash, no error */
    uint32_t lengths[] = {1, 2, 4, 16, 64, N};
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
        for (uint64_t seed = 0; seed < 3; seed++) {
            CHECK(sf_kgram_hash(tokens, N, lengths[l], seed, hashes, N) == SF_OK);
            for (size_t i = 0; i < sf_kgram_count(N, lengths[l]); i++)
                CHECK(hashes[i] == naive(tokens + i, lengths[l], seed));
        }
    CHECK(sf_kgram_hash(tokens, N, 1, 7, hashes, N) == SF_OK && sf_kgram_hash(tokens, N, 1, 8, other, N) == SF_OK);
    for (int i = 0; i < N; i++)
        CHECK(tokens[i] == 0 ? hashes[i] == 0 : hashes[i] != other[i]);
    return CHECK_DONE("kgram");
}
