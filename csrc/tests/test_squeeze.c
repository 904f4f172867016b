#include "simfilter/sf_squeeze.h"

#include <string.h>

#include "check.h"

int main(void)
{
    static const char TEXT[] = "  a \t\n b\xC2\xA0\xE2\x80\x83" "c \xE3\x80\x80" "\xEF\xBB\xBFx\x85y\xC2" " \r\n";
    uint64_t offsets[4] = {0, 18, 18, sizeof TEXT - 1}, squeezed[4];
    uint8_t out[64];

    CHECK(sf_squeeze((const uint8_t *)TEXT, offsets, 3, out, sizeof out, squeezed) == SF_OK);
    CHECK(squeezed[2] == 5 && squeezed[3] == 9 && memcmp(out + 5, "x\x85y\xC2", 4) == 0);
    CHECK(squeezed[1] == 5 && memcmp(out, "a b c", 5) == 0);
    CHECK(sf_squeeze((const uint8_t *)TEXT, offsets, 3, out, 4, squeezed) == SF_ERR_CAPACITY);
    offsets[1] = 40;
    CHECK(sf_squeeze((const uint8_t *)TEXT, offsets, 3, out, sizeof out, squeezed) == SF_ERR_ARGUMENT);

    for (int trial = 0; trial < 1000; trial++) { /* ASCII against the obvious version */
        uint8_t text[40], expected[40];
        size_t n = draw() % 40, length = 0;
        for (size_t i = 0; i < n; i++)
            text[i] = " \nab\xC2"[draw() % 5];
        for (size_t i = 0; i < n; i++) {
            int is_white = text[i] == ' ' || text[i] == '\n';
            if (!is_white)
                expected[length++] = text[i];
            else if (length && expected[length - 1] != ' ')
                expected[length++] = ' ';
        }
        length -= length && expected[length - 1] == ' ';
        uint64_t bounds[2] = {0, n}, result[2];
        CHECK(sf_squeeze(text, bounds, 1, out, sizeof out, result) == SF_OK);
        CHECK(result[1] == length && memcmp(out, expected, length) == 0);
    }
    return CHECK_DONE("squeeze");
}
