#include "simfilter/sf_symbol.h"

/* SipHash-1-3 (Aumasson and Bernstein 2012; the reduced rounds Rust and Python use for their tables): keyed,
 * and fast on the few bytes a word has. */

static uint64_t load4(const uint8_t *b)
{
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24;
}

/* The last 0 to 7 bytes. Reads some of them twice rather than in a loop, whose length no processor foresees. */
static uint64_t load(const uint8_t *b, size_t size)
{
    if (size >= 4)
        return load4(b) | load4(b + size - 4) << (8 * (size - 4));
    if (size == 0)
        return 0;
    return (uint64_t)b[0] | (uint64_t)b[size >> 1] << (8 * (size >> 1)) | (uint64_t)b[size - 1] << (8 * (size - 1));
}

static uint64_t load8(const uint8_t *b)
{
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
           (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

static uint64_t rotate(uint64_t value, int by)
{
    return value << by | value >> (64 - by);
}

typedef struct {
    uint64_t v0, v1, v2, v3;
} state;

static inline state mix(state s)
{
    s.v0 += s.v1, s.v1 = rotate(s.v1, 13) ^ s.v0, s.v0 = rotate(s.v0, 32);
    s.v2 += s.v3, s.v3 = rotate(s.v3, 16) ^ s.v2;
    s.v0 += s.v3, s.v3 = rotate(s.v3, 21) ^ s.v0;
    s.v2 += s.v1, s.v1 = rotate(s.v1, 17) ^ s.v2, s.v2 = rotate(s.v2, 32);
    return s;
}

uint64_t sf_symbol_hash(const uint8_t *bytes, size_t size, const uint8_t key[SF_KEY_SIZE])
{
    uint64_t k0 = load8(key), k1 = load8(key + 8), word;
    state s = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
               k1 ^ 0x7465646279746573u};
    size_t left = size;

    for (; left >= 8; left -= 8, bytes += 8) {
        word = load8(bytes);
        s.v3 ^= word;
        s = mix(s);
        s.v0 ^= word;
    }
    word = load(bytes, left) | (uint64_t)size << 56;
    s.v3 ^= word;
    s = mix(s);
    s.v0 ^= word;
    s.v2 ^= 0xff;
    s = mix(mix(mix(s)));
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint32_t sf_symbol_fold(uint64_t hash)
{
    uint32_t symbol = (uint32_t)(hash >> 32) ^ (uint32_t)hash;
    return symbol ? symbol : 1;
}

sf_status sf_symbol_hash_spans(const uint8_t *bytes, size_t size, const uint32_t *starts,
                               const uint32_t *ends, size_t n, const uint8_t key[SF_KEY_SIZE],
                               uint32_t *symbols)
{
    for (size_t i = 0; i < n; i++) {
        if (starts[i] > ends[i] || ends[i] > size)
            return SF_ERR_ARGUMENT;
        const uint8_t *from = starts[i] < ends[i] ? bytes + starts[i] : NULL;
        symbols[i] = sf_symbol_fold(sf_symbol_hash(from, ends[i] - starts[i], key));
    }
    return SF_OK;
}
