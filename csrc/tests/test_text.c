#include "simfilter/sf_text.h"

#include <string.h>

#include "simfilter/sf_symbol.h"

#include "check.h"

enum { ROOM = 4096 };

static const uint8_t KEY[16] = {1, 2, 3};

/* The words of a text, joined by spaces; checks on the way what holds for every text. The bytes are copied
 * to an exact allocation, so that the address sanitizer sees a read past them. */
static const char *words(const char *text, size_t size)
{
    static char joined[ROOM * 2];
    static uint8_t out[ROOM * SF_TEXT_GROWTH];
    static uint32_t symbols[ROOM], starts[ROOM], ends[ROOM], out_ends[ROOM], starts2[ROOM], ends2[ROOM];
    size_t count, count2, out_size, from = 0, length = 0, last = 0;
    uint8_t *bytes = malloc(size ? size : 1);

    memcpy(bytes, text, size);
    CHECK(sf_text_tokenize(bytes, size, KEY, symbols, starts, ends, size, &count) == SF_OK);
    CHECK(sf_text_normalize(bytes, size, out, sizeof out, out_ends, starts2, ends2, size, &count2,
                            &out_size) == SF_OK);
    CHECK(count == count2);
    for (size_t i = 0; i < count; i++) {
        CHECK(starts[i] == starts2[i] && ends[i] == ends2[i]);
        CHECK(last <= starts[i] && starts[i] < ends[i] && ends[i] <= size);
        CHECK(symbols[i] == sf_symbol_fold(sf_symbol_hash(out + from, out_ends[i] - from, KEY)));
        last = ends[i];
        if (i)
            joined[length++] = ' ';
        memcpy(joined + length, out + from, out_ends[i] - from);
        length += out_ends[i] - from;
        from = out_ends[i];
    }
    joined[length] = 0;
    free(bytes);
    return joined;
}

#define GIVES(text, expected) CHECK(strcmp(words(text, sizeof text - 1), expected) == 0)

int main(void)
{
    uint32_t symbols[4], starts[4], ends[4];
    uint8_t out[4];
    size_t count, out_size;

    GIVES("", "");
    GIVES("...", "");
    GIVES("Don't stop", "dont stop");
    GIVES("a--b well-known exam-\n> ple", "a b wellknown example");
    GIVES("Fi\xEF\xAC\x81 caf\xC3\xA9 cafe\xCC\x81", "flfl cafe cafe");
    GIVES("t h o s e   t w o", "those two");
    GIVES("t.h.o.s.e t.w.o", "those two");
    GIVES("1 2 3 4 5 6 7", "l 2 3 4 5 6 7");
    GIVES("1. one\n(ii) two\n> * a) three", "one two three");

    /* Cut and malformed sequences separate; nothing is read past the end. */
    GIVES("a\xC3", "a");
    GIVES("a\xE2\x80", "a");
    GIVES("a\xF0\x9D\x90", "a");
    GIVES("a\xC0\x80" "b", "a b");
    GIVES("a\xED\xA0\x80" "b", "a b");
    GIVES("a\xF4\x90\x80\x80" "b", "a b");
    GIVES("a'", "a");
    GIVES("a-", "a");
    GIVES("a-\r", "a");
    GIVES("a\xC2\xAD\n", "a");
    GIVES("1", "l");
    GIVES("(1", "l");
    GIVES("1.", "l");

    const uint8_t *sample = (const uint8_t *)"ab cde";
    CHECK(sf_text_tokenize(sample, 6, KEY, symbols, starts, ends, 1, &count) == SF_ERR_CAPACITY);
    CHECK(count == 1);
    CHECK(sf_text_tokenize(NULL, 0, KEY, NULL, NULL, NULL, 0, &count) == SF_OK && count == 0);
    CHECK(sf_text_normalize(sample, 6, out, 4, symbols, starts, ends, 4, &count, &out_size) ==
          SF_ERR_CAPACITY);
    CHECK(sf_text_normalize(NULL, 0, NULL, 0, NULL, NULL, NULL, 0, &count, &out_size) == SF_OK);
    CHECK(count == 0 && out_size == 0);
    CHECK(sf_text_normalize(sample, 1, NULL, 0, NULL, NULL, NULL, 0, &count, &out_size) == SF_ERR_CAPACITY);

    /* Random mixtures of awkward pieces. */
    static const char *const pieces[] = {
        "a", "b ", " ", "'", "-", "\n", "\r\n", "\xC2\xAD", "\xE2\x80\x8B", "\xCC\x81", "\xE0\xB9\x88",
        "\xE0\xB8\xB9",        "\xEA\xB0\x80", "\xE1\x85\xA1", "\xCE\x9D", "\xCE\xBB",
        "\xE6\xBC\xA2", "\xEF\xB7\xBA", "\xF0\x9D\x90",
        "\xFF", "1. ", "> ", "x.", "rn", "\xED\xA0\x80", "\xE0\xA4\xBC"};
    uint32_t seed = 1;
    for (int round = 0; round < 3000; round++) {
        char text[1200];
        size_t size = 0, most = round % 100 ? 60 : 1100;
        while (size < most) {
            seed = seed * 1664525u + 1013904223u;
            size_t choice = round % 3 ? sizeof pieces / sizeof *pieces : (size_t)(4 + round % 7);
            const char *piece = pieces[(seed >> 16) % choice];
            size_t n = strlen(piece);
            memcpy(text + size, piece, n);
            size += n;
        }
        words(text, size);
    }
    return CHECK_DONE("text");
}
