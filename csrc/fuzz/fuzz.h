/* What every harness here uses: pieces of hostile input, and REQUIRE, which ends the run where a promise is broken.
 *
 * A harness is LLVMFuzzerTestOneInput alone. Linked with libFuzzer it looks for new inputs (`make fuzz`); linked with replay.c it tries
 * the kept ones and some changes of each (`make test`).
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(c) do { if (!(c)) { fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #c); abort(); } } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes still to be read. */
typedef struct {
    const uint8_t *at;
    size_t left;
} input;

__attribute__((unused)) static uint32_t take(input *in, unsigned bytes)
{
    uint32_t value = 0;
    for (; bytes > 0 && in->left > 0; bytes--, in->left--)
        value = value << 8 | *in->at++;
    return value;
}

/* An array of its own size, so that a read behind its end is seen; one entry at least. */
__attribute__((unused)) static void *room(size_t count, size_t width)
{
    void *array = calloc(count ? count : 1, width);
    REQUIRE(array);
    return array;
}

/* A copy of exactly `size` of the bytes, or of what is left of them. */
__attribute__((unused)) static uint8_t *take_bytes(input *in, size_t *size)
{
    if (*size > in->left)
        *size = in->left;
    uint8_t *copy = room(*size, 1);
    if (*size)
        memcpy(copy, in->at, *size);
    in->at += *size;
    in->left -= *size;
    return copy;
}
