/* Tries a harness on files, and on changes of each: for machines without libFuzzer, and for every run of the tests.
 *
 *   harness CHANGES FILE...
 *
 * CHANGES changed copies of each file are tried. The same arguments try the same bytes everywhere.
 */
#include "fuzz.h"

enum { LARGEST = 1 << 16 };

static uint64_t state = 1;

static uint64_t draw(void) /* splitmix64 */
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Some of: a bit flipped, a byte set to an awkward one, a stretch copied, left out or doubled. */
static size_t change(uint8_t *bytes, size_t size)
{
    static const uint8_t awkward[] = {0, 1, 0x7f, 0x80, 0xbf, 0xc2, 0xe2, 0xed, 0xf0, 0xff, ' ', '\n', '-', 'a', '(', '{'};
    for (uint64_t times = draw() % 8 + 1; times > 0 && size > 0; times--) {
        size_t at = draw() % size, from = draw() % size, length = draw() % 16 + 1;
        if (length > size - (at > from ? at : from))
            length = size - (at > from ? at : from);
        switch (draw() % 5) {
        case 0: bytes[at] ^= (uint8_t)(1u << draw() % 8); break;
        case 1: bytes[at] = awkward[draw() % sizeof awkward]; break;
        case 2: memmove(bytes + at, bytes + from, length); break;
        case 3:
            memmove(bytes + at, bytes + at + length, size - at - length);
            size -= length;
            break;
        case 4:
            if (size + length <= LARGEST) {
                memmove(bytes + at + length, bytes + at, size - at);
                size += length;
            }
            break;
        }
    }
    return size;
}

static void try(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1); /* so that a read behind the end is seen */
    REQUIRE(exact);
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int count, char **arguments)
{
    static uint8_t kept[LARGEST], changed[LARGEST];
    unsigned long changes = count > 1 ? strtoul(arguments[1], NULL, 10) : 0, tried = 0;
    for (int i = 2; i < count; i++) {
        FILE *file = fopen(arguments[i], "rb");
        if (!file) {
            perror(arguments[i]);
            return EXIT_FAILURE;
        }
        size_t size = fread(kept, 1, sizeof kept, file);
        fclose(file);
        try(kept, size);
        for (unsigned long k = 0; k < changes; k++) {
            memcpy(changed, kept, size);
            try(changed, change(changed, size));
        }
        tried += 1 + changes;
    }
    printf("%s: %lu inputs of %d files\n", arguments[0], tried, count > 2 ? count - 2 : 0);
    return tried ? EXIT_SUCCESS : EXIT_FAILURE;
}
