#include "simfilter/sf_shingle.h"

#include <string.h>

#include "check.h"
#include "simfilter/sf_kgram.h"
#include "simfilter/sf_minhash.h"

enum { M = 32, ROOM = 4096 };
static const uint8_t KEY[16] = "simfilter/public";

static void test_bytes_to_sets(void)
{
    const char *text = "One two three four. one two THREE four!One two";
    uint64_t offsets[5] = {0, 19, 39, 39, 46}, tokens[5], sets[5], hashes[64], alone[1];
    uint32_t symbols[64], left[3] = {0, 0, 0}, right[3] = {1, 2, 3}, common[3], signatures[4][M], by_hand[M];

    CHECK(sf_shingle_tokenize((const uint8_t *)text, offsets, 4, KEY, symbols, 64, tokens) == SF_OK);
    CHECK(tokens[1] == 4 && tokens[2] == 8 && tokens[3] == 8 && tokens[4] == 10);
    CHECK(memcmp(symbols, symbols + 4, 16) == 0);
    CHECK(sf_shingle_tokenize((const uint8_t *)text, offsets, 4, KEY, symbols, 3, tokens) == SF_ERR_CAPACITY);
    CHECK(sf_shingle_tokenize((const uint8_t *)text, offsets, 4, KEY, symbols, 64, tokens) == SF_OK);

    CHECK(sf_shingle_sets(symbols, tokens, 4, 3, 0, hashes, 64, sets) == SF_OK);
    CHECK(sets[1] == 2 && sets[2] == 4 && sets[3] == 4 && sets[4] == 5); /* two words: one shingle of two */
    CHECK(sf_kgram_hash(symbols + 8, 2, 2, 0, alone, 1) == SF_OK && hashes[4] == alone[0]);
    CHECK(sf_shingle_pairs(hashes, sets, 4, left, right, 3, common) == SF_OK);
    CHECK(common[0] == 2 && common[1] == 0 && common[2] == 0);
    CHECK(sf_shingle_sets(symbols, tokens, 4, 3, 0, hashes, 3, sets) == SF_ERR_CAPACITY);
    CHECK(sf_shingle_sets(symbols, tokens, 4, 0, 0, hashes, 64, sets) == SF_ERR_ARGUMENT);

    CHECK(sf_shingle_sign(symbols, tokens, 4, 3, 0, 7, signatures[0], M) == SF_OK);
    CHECK(memcmp(signatures[0], signatures[1], sizeof signatures[0]) == 0);
    CHECK(signatures[2][0] == SF_MINHASH_EMPTY && signatures[3][0] != SF_MINHASH_EMPTY);
    CHECK(sf_kgram_hash(symbols, 4, 3, 0, hashes, 64) == SF_OK && sf_minhash_sign(hashes, 2, 7, by_hand, M) == SF_OK);
    CHECK(memcmp(signatures[0], by_hand, sizeof by_hand) == 0);
    CHECK(sf_shingle_sign(symbols, tokens, 4, 0, 0, 7, signatures[0], M) == SF_ERR_ARGUMENT);

    right[1] = 4;
    CHECK(sf_shingle_pairs(hashes, sets, 4, left, right, 3, common) == SF_ERR_ARGUMENT);
    offsets[1] = 40;
    CHECK(sf_shingle_tokenize((const uint8_t *)text, offsets, 4, KEY, symbols, 64, tokens) == SF_ERR_ARGUMENT);
    offsets[0] = offsets[1] = 0;
    CHECK(sf_shingle_tokenize(NULL, offsets, 1, KEY, NULL, 0, tokens) == SF_OK && tokens[1] == 0);
}

/* Members of a and b in common, every member against every other. */
static size_t naive_common(const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
    size_t common = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            common += a[i] == b[j];
    return common;
}

static void test_common_and_sorting(void)
{
    static uint32_t symbols[ROOM];
    static uint64_t hashes[ROOM];
    for (int trial = 0; trial < 300; trial++) {
        size_t first = draw() % (trial % 3 ? 60 : 1500), second = draw() % 60;
        uint64_t offsets[3] = {0, first, first + second}, sets[3];
        uint32_t alphabet = trial % 2 ? 3 : 40, left = 0, right = 1, common;
        for (size_t i = 0; i < first + second; i++)
            symbols[i] = (uint32_t)(draw() % alphabet); /* 0 among them: a separator inside a document makes no shingle */
        CHECK(sf_shingle_sets(symbols, offsets, 2, 2, 9, hashes, ROOM, sets) == SF_OK);
        for (size_t set = 0; set < 2; set++)
            for (size_t i = sets[set]; i + 1 < sets[set + 1]; i++)
                CHECK(hashes[i] < hashes[i + 1]);
        size_t expected = naive_common(hashes, sets[1], hashes + sets[1], sets[2] - sets[1]);
        CHECK(sf_shingle_pairs(hashes, sets, 2, &left, &right, 1, &common) == SF_OK && common == expected);
        CHECK(sf_shingle_common(hashes + sets[1], sets[2] - sets[1], hashes, sets[1]) == expected);
    }
}

int main(void)
{
    test_bytes_to_sets();
    test_common_and_sorting();
    return CHECK_DONE("shingle");
}
