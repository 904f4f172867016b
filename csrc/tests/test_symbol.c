#include "simfilter/sf_symbol.h"

#include "check.h"

int main(void)
{
    uint8_t key[SF_KEY_SIZE], text[64];
    uint32_t starts[] = {0, 3, 5, 7}, ends[] = {3, 3, 64, 65}, symbols[4] = {0};

    for (int i = 0; i < 64; i++)
        text[i] = (uint8_t)i;
    for (int i = 0; i < SF_KEY_SIZE; i++)
        key[i] = (uint8_t)i;

    /* SipHash-1-3 of 0, 1...: by tests/oracle/text.py, which agrees with CPython's hash() of bytes. */
    CHECK(sf_symbol_hash(NULL, 0, key) == 0xABAC0158050FC4DCu);
    CHECK(sf_symbol_hash(text, 1, key) == 0xC9F49BF37D57CA93u);
    CHECK(sf_symbol_hash(text, 7, key) == 0xD3927D989BB11140u);
    CHECK(sf_symbol_hash(text, 8, key) == 0x369095118D299A8Eu);
    CHECK(sf_symbol_hash(text, 15, key) == 0xD320D86D2A519956u);
    CHECK(sf_symbol_hash(text, 63, key) == 0x9D199062B7BBB3A8u);

    CHECK(sf_symbol_fold(0) == 1);
    CHECK(sf_symbol_fold(0x0000000500000005u) == 1);
    CHECK(sf_symbol_fold(0x0000000500000004u) == 1);
    CHECK(sf_symbol_fold(0xFFFFFFFF00000000u) == 0xFFFFFFFFu);

    CHECK(sf_symbol_hash_spans(text, 64, starts, ends, 3, key, symbols) == SF_OK);
    CHECK(symbols[0] == sf_symbol_fold(sf_symbol_hash(text, 3, key)));
    CHECK(symbols[1] == sf_symbol_fold(sf_symbol_hash(NULL, 0, key)));
    CHECK(symbols[2] == sf_symbol_fold(sf_symbol_hash(text + 5, 59, key)));
    CHECK(sf_symbol_hash_spans(text, 64, starts, ends, 4, key, symbols) == SF_ERR_ARGUMENT);
    starts[0] = 4;
    CHECK(sf_symbol_hash_spans(text, 64, starts, ends, 1, key, symbols) == SF_ERR_ARGUMENT);
    CHECK(sf_symbol_hash_spans(NULL, 0, NULL, NULL, 0, key, NULL) == SF_OK);
    return CHECK_DONE("symbol");
}
