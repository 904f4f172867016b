#include "simfilter/sf_position.h"

#include <string.h>

#include "check.h"

enum { N = 300 };

static uint8_t gaps[N], lengths[N];
static uint64_t checkpoints[(N + SF_POSITION_STRIDE - 1) / SF_POSITION_STRIDE], exceptions[3 * N];
static int64_t starts[N], ends[N], got_starts[N], got_ends[N];

/* Tokens of all sizes; one that does not fit a byte is an exception. */
static sf_positions packed(void)
{
    sf_positions p = {gaps, lengths, checkpoints, exceptions, N, 0};
    int64_t end = 1000;
    for (size_t i = 0; i < N; i++) {
        uint64_t gap = draw() % 8 ? draw() % 20 : draw() % 700, length = draw() % 8 ? draw() % 9 : draw() % 700;
        starts[i] = end + (int64_t)gap;
        ends[i] = end = starts[i] + (int64_t)length;
        if (i % SF_POSITION_STRIDE == 0)
            checkpoints[i / SF_POSITION_STRIDE] = (uint64_t)starts[i];
        int odd = length > 254 || (gap > 254 && i % SF_POSITION_STRIDE);
        gaps[i] = odd ? 255 : i % SF_POSITION_STRIDE ? (uint8_t)gap : 0;
        lengths[i] = odd ? 255 : (uint8_t)length;
        if (odd) {
            uint64_t *exception = exceptions + 3 * p.count++;
            exception[0] = i;
            exception[1] = (uint64_t)starts[i];
            exception[2] = (uint64_t)ends[i];
        }
    }
    return p;
}

int main(void)
{
    for (int round = 0; round < 20; round++) {
        sf_positions p = packed();
        for (size_t first = 0; first <= N; first += 7)
            for (size_t last = first; last <= N; last += 13) {
                CHECK(sf_position_unpack(&p, first, last, got_starts, got_ends) == SF_OK);
                int same = 1;
                for (size_t i = first; i < last; i++)
                    same &= got_starts[i - first] == starts[i] && got_ends[i - first] == ends[i];
                CHECK(same);
            }
        CHECK(sf_position_unpack(&p, 0, N + 1, got_starts, got_ends) == SF_ERR_ARGUMENT);
        CHECK(sf_position_unpack(&p, 2, 1, got_starts, got_ends) == SF_ERR_ARGUMENT);
        CHECK(p.count > 3);
        exceptions[3] = exceptions[0]; /* damaged: two exceptions of one token */
        CHECK(sf_position_unpack(&p, 0, N, got_starts, got_ends) == SF_ERR_FORMAT);
    }
    sf_positions none = {0};
    CHECK(sf_position_unpack(&none, 0, 0, got_starts, got_ends) == SF_OK);

    const uint64_t begin[4] = {0, 3, 3, 9}, token[5] = {0, 2, 3, 8, 100};
    const int64_t expected[5] = {0, 0, 2, 2, 3};
    int64_t holding[5];
    sf_position_documents(begin, 4, token, 5, holding);
    CHECK(memcmp(holding, expected, sizeof holding) == 0);
    sf_position_documents(begin + 1, 3, token, 2, holding);
    CHECK(holding[0] == -1 && holding[1] == -1);
    sf_position_documents(NULL, 0, token, 1, holding);
    CHECK(holding[0] == -1);
    return CHECK_DONE("position");
}
