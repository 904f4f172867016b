#include "simfilter/sf_squeeze.h"

/* Bytes of the white space at the start of bytes [left], 0 if there is none. */
static size_t white(const uint8_t *bytes, size_t left)
{
    uint8_t lead = bytes[0];
    if (lead < 0x80)
        return lead == ' ' || (lead >= '\t' && lead <= '\r');
    if (lead == 0xC2 && left >= 2)
        return bytes[1] == 0x85 || bytes[1] == 0xA0 ? 2 : 0; /* next line, no-break space */
    if (left < 3)
        return 0;
    if (lead == 0xE1)
        return bytes[1] == 0x9A && bytes[2] == 0x80 ? 3 : 0; /* U+1680 */
    if (lead == 0xE2) { /* U+2000 to U+200A, U+2028, U+2029, U+202F; U+205F */
        uint8_t last = bytes[2];
        if (bytes[1] == 0x80)
            return (last >= 0x80 && last <= 0x8A) || last == 0xA8 || last == 0xA9 || last == 0xAF ? 3 : 0;
        return bytes[1] == 0x81 && last == 0x9F ? 3 : 0;
    }
    if (lead == 0xE3)
        return bytes[1] == 0x80 && bytes[2] == 0x80 ? 3 : 0; /* U+3000 */
    return lead == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0;
}

sf_status sf_squeeze(const uint8_t *bytes, const uint64_t *offsets, size_t d, uint8_t *out, size_t capacity, uint64_t *out_offsets)
{
    size_t done = 0;
    out_offsets[0] = 0;
    for (size_t text = 0; text < d; text++)
        if (offsets[text] > offsets[text + 1])
            return SF_ERR_ARGUMENT;
    for (size_t text = 0; text < d; text++) {
        size_t from = (size_t)offsets[text], to = (size_t)offsets[text + 1], begin = done;
        if (to - from > capacity - done)
            return SF_ERR_CAPACITY;
        for (size_t i = from, width; i < to;) {
            if (bytes[i] > ' ' && bytes[i] < 0x80) { /* most bytes are this */
                out[done++] = bytes[i++];
            } else if ((width = white(bytes + i, to - i)) == 0) {
                out[done++] = bytes[i++];
            } else {
                i += width;
                if (done > begin && out[done - 1] != ' ')
                    out[done++] = ' ';
            }
        }
        if (done > begin && out[done - 1] == ' ')
            done--;
        out_offsets[text + 1] = done;
    }
    return SF_OK;
}
