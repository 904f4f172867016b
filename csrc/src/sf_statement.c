#include "simfilter/sf_statement.h"

#include <string.h>

#include "sf_mix.h"
#include "simfilter/sf_rename.h"

sf_status sf_statement_starts(const uint8_t *bytes, size_t size, const uint32_t *starts, const uint32_t *ends, const uint8_t *classes,
                              size_t n, uint32_t flags, uint8_t *open, uint32_t *first, size_t *count)
{
    size_t found = 0, depth = 0;
    int begins = 1;
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t gap = i ? ends[i - 1] : starts[0];
        if (gap > starts[i] || starts[i] > ends[i] || ends[i] > size)
            return SF_ERR_ARGUMENT;
        int block = depth == 0 || open[depth - 1] == '{';
        int punctuation = classes[i] == SF_CLASS_FIXED && ends[i] - starts[i] == 1 ? bytes[starts[i]] : 0;
        if (flags & SF_STATEMENT_LINES && block && starts[i] > gap && memchr(bytes + gap, '\n', starts[i] - gap))
            begins = 1;
        if (punctuation == '}' && flags & SF_STATEMENT_BRACES)
            begins = 1;
        if (begins || i - first[found - 1] == SF_STATEMENT_MOST)
            first[found++] = (uint32_t)i;
        begins = 0;
        switch (punctuation) {
        case '(':
        case '[':
            open[depth++] = '(';
            break;
        case '{':
            begins = (flags & SF_STATEMENT_BRACES) != 0;
            open[depth++] = begins ? '{' : '(';
            break;
        case '}':
            begins = (flags & SF_STATEMENT_BRACES) != 0;
            /* fall through */
        case ')':
        case ']':
            depth -= depth > 0;
            break;
        case ';':
            begins = block;
            break;
        default:
            break;
        }
    }
    *count = found;
    return SF_OK;
}

static uint32_t hash_one(const uint32_t *lexemes, const uint8_t *classes, size_t n)
{
    static const uint64_t BASE = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t sum = n;
    for (size_t i = 0; i < n; i++) {
        uint64_t code = classes[i] == SF_CLASS_FIXED ? lexemes[i] : 0;
        if (classes[i] == SF_CLASS_IDENTIFIER)
            while (lexemes[code] != lexemes[i] || classes[code] != SF_CLASS_IDENTIFIER)
                code++;
        sum = sum * BASE + sf_mix((uint64_t)classes[i] << 32 | code);
    }
    uint64_t hash = sf_mix(sum);
    uint32_t folded = (uint32_t)(hash ^ hash >> 32);
    return folded + (folded == 0);
}

sf_status sf_statement_hash(const uint32_t *lexemes, const uint8_t *classes, size_t n, const uint32_t *first, size_t m, uint32_t *hashes)
{
    for (size_t i = 0; i < m; i++) {
        size_t end = i + 1 < m ? first[i + 1] : n;
        if (first[i] >= end || end > n || end - first[i] > SF_STATEMENT_MOST)
            return SF_ERR_ARGUMENT;
        hashes[i] = hash_one(lexemes + first[i], classes + first[i], end - first[i]);
    }
    return SF_OK;
}
