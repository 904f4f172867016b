/* sf_token: what the rules of statements and of operands say alike of a code token. */
#ifndef SIMFILTER_SF_TOKEN_H
#define SIMFILTER_SF_TOKEN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sf_mix.h"

/* How a token is spelled. */
typedef struct {
    const uint8_t *at;
    size_t size;
} word;

static inline int is_spelled(word w, const char *text)
{
    return strlen(text) == w.size && memcmp(text, w.at, w.size) == 0;
}

/* '(' where a fixed token opens a bracket, ')' where it closes one, else 0. `${`, `#{`, `\(`, `$((` and their like open one whatever they
 * end in, and `))` closes one. */
static inline int bracket_of(word w)
{
    if (w.size == 0)
        return 0;
    uint8_t head = w.at[0], last = w.at[w.size - 1];
    return memchr("([{", last, 3) ? '(' : memchr(")]}", last, 3) && memchr(")]}", head, 3) ? ')' : 0;
}

/* The hash of a row of tokens, with one more. */
static inline uint64_t with_token(uint64_t sum, uint8_t class, uint64_t code)
{
    return sum * SF_GOLDEN + sf_mix((uint64_t)class << 32 | code);
}

#endif
