/* The tokeniser: any bytes, whole, as spelled words, in pieces, many at a time, squeezed. */
#include "fuzz.h"

#include "simfilter/sf_growing.h"
#include "simfilter/sf_shingle.h"
#include "simfilter/sf_squeeze.h"
#include "simfilter/sf_symbol.h"
#include "simfilter/sf_text.h"

enum { MOST = 1 << 14, K = 4 };

static const uint8_t KEY[16] = "simfilter/public";

static void ordered(const uint32_t *starts, const uint32_t *ends, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++)
        REQUIRE(starts[i] < ends[i] && ends[i] <= size && (i == 0 || ends[i - 1] <= starts[i]));
}

/* In pieces of whole characters the words are those of the whole. */
static void grow(const uint8_t *bytes, size_t size, size_t step, const uint32_t *symbols, const uint32_t *starts, size_t count)
{
    uint8_t packed[64];
    size_t needed, changed, hits;
    sf_filter_view filter;
    sf_growing *text, *other;
    sf_growing_view view;
    REQUIRE(sf_filter_size(0, &needed) == SF_OK && needed <= sizeof packed);
    REQUIRE(sf_filter_build(NULL, 0, packed, needed) == SF_OK && sf_filter_open(packed, needed, &filter) == SF_OK);
    REQUIRE(sf_growing_create(KEY, K, 0, &filter, 1, &text) == SF_OK);
    for (size_t at = 0, end; at < size; at = end) {
        end = at + step < size ? at + step : size;
        while (end < size && (bytes[end] & 0xC0) == 0x80)
            end++;
        REQUIRE(sf_growing_append(text, bytes + at, end - at, &changed, &hits) == SF_OK);
    }
    sf_growing_look(text, &view);
    REQUIRE(view.size == size && view.count == count);
    REQUIRE(count == 0 || (memcmp(view.symbols, symbols, count * sizeof *symbols) == 0 && memcmp(view.starts, starts, count * 4) == 0));
    REQUIRE(sf_growing_copy(text, &other) == SF_OK);
    size_t half = size / 2;
    while (half < size && (bytes[half] & 0xC0) == 0x80)
        half++;
    REQUIRE(sf_growing_cut(other, half, &changed, &hits) == SF_OK);
    REQUIRE(sf_growing_append(other, bytes + half, size - half, &changed, &hits) == SF_OK);
    sf_growing_look(other, &view);
    REQUIRE(view.count == count && (count == 0 || memcmp(view.symbols, symbols, count * sizeof *symbols) == 0));
    sf_growing_free(other);
    sf_growing_free(text);
}

/* Whether the bytes are UTF-8 as `encode` in simfilter/views/tokens.py makes it: only such text is given in pieces. */
static int is_text(const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        uint8_t lead = bytes[at];
        size_t width = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
        if (width == 0 || width > size - at)
            return 0;
        for (size_t k = 1; k < width; k++)
            if ((bytes[at + k] & 0xC0) != 0x80)
                return 0;
        if ((lead == 0xE0 && bytes[at + 1] < 0xA0) || (lead == 0xF0 && bytes[at + 1] < 0x90) || (lead == 0xF4 && bytes[at + 1] > 0x8F))
            return 0;
        at += width;
    }
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    size_t step = take(&in, 1) % 64 + 1, length = MOST, count, again, written, fixed;
    uint8_t *bytes = take_bytes(&in, &length), *out = room(SF_TEXT_GROWTH * length, 1), *squeezed = room(length, 1);
    uint32_t *symbols = room(length, 4), *starts = room(length, 4), *ends = room(length, 4);
    uint32_t *more = room(length, 4), *more_starts = room(length, 4), *more_ends = room(length, 4), *out_ends = room(length, 4);
    REQUIRE(sf_text_tokenize(bytes, length, KEY, symbols, starts, ends, length, &count) == SF_OK);
    ordered(starts, ends, count, length);
    REQUIRE(sf_text_normalize(bytes, length, out, SF_TEXT_GROWTH * length, out_ends, more_starts, more_ends, length, &again, &written) == SF_OK);
    REQUIRE(again == count && memcmp(starts, more_starts, 4 * count) == 0 && memcmp(ends, more_ends, 4 * count) == 0);
    for (size_t i = 0, begin = 0; i < count; begin = out_ends[i++]) {
        REQUIRE(out_ends[i] > begin && out_ends[i] - begin <= SF_TEXT_TOKEN_SIZE);
        REQUIRE(sf_symbol_fold(sf_symbol_hash(out + begin, out_ends[i] - begin, KEY)) == symbols[i]);
    }
    sf_status status = sf_text_tokenize(bytes, length, KEY, more, more_starts, more_ends, count / 2, &again);
    REQUIRE(again <= count / 2 && (status == SF_OK) == (count / 2 >= count));
    REQUIRE(sf_text_tokenize_growing(bytes, length, KEY, more, more_starts, more_ends, length, &again, &fixed) == SF_OK);
    REQUIRE(again == count && fixed <= count);
    if (is_text(bytes, length))
        grow(bytes, length, step, symbols, starts, count);

    uint64_t offsets[4] = {0, length / 3, length / 3, length}, found[4];
    REQUIRE(sf_shingle_tokenize(bytes, offsets, 3, KEY, more, length, found) == SF_OK);
    REQUIRE(sf_squeeze(bytes, offsets, 3, squeezed, length, found) == SF_OK && found[3] <= length);
    free(bytes), free(out), free(squeezed), free(symbols), free(starts), free(ends);
    free(more), free(more_starts), free(more_ends), free(out_ends);
    return 0;
}
