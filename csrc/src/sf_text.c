/* The text view, and what it takes for the same word.
 *
 * Letters. Every code point becomes the compatibility decomposition (NFKD) of itself, case folded in full
 * (ß is ss), without accents: the marks of Latin, Greek, Cyrillic, Hebrew and Arabic writing are dropped
 * wherever they stand, the marks that spell (Indic, Thai, kana voicing...) are kept, in canonical order, at
 * most 16 to a letter. Decomposing rather than composing makes the composed and the decomposed form equal
 * without looking back.
 *
 * Look-alikes. A letter, digit or symbol that is mistaken for an ASCII letter becomes that letter; one
 * whose other case is mistaken follows it, so that capitals and small letters of a word agree (в and В are
 * b). This is a rule per code point, not per word: a Russian word comes out the same with Latin letters
 * planted in it, an English word with Cyrillic ones, and nothing has to guess which it was. Russian and
 * Ukrainian keep their words apart, because the letters with no Latin shape stay. Only Greek cannot have it
 * so: capital nu and upsilon look like N and Y, the small ones like v and u. There the word decides: with a
 * letter only Greek has, the capitals follow the small ones; with a Latin letter, the shape; else the last
 * word that decided. The
 * alternative, deciding by word in every script, needs three rules where this has one, and loses к for k.
 *
 * ASCII look-alikes are one class each: i l 1 are l, o 0 are o; and the pairs that scanning confuses are
 * one letter: rn is m, vv is w, cl is d, read from the left. Exceptions: U+017F is s (its meaning) rather
 * than f (its shape); | separates; the look-alike sequence of several letters for one is not folded beyond
 * those three pairs. What NFKC alone would cut in two stays one token: a code point that stands for several
 * words or ideographs (U+FDFA, U+337F, the Lao digraphs U+0EDC and U+0EDD), since a span cannot be cut
 * inside it. A Greek heading in capitals without a letter only Greek has, before anything decided, reads as
 * Latin.
 *
 * Invisible code points (format, selectors, tags, fillers, controls, kashida) are not there, anywhere.
 *
 * Words. A token is a run of letters, digits and marks; in scripts without spaces one letter with its
 * marks. An apostrophe or a single hyphen followed by a letter joins, unless digits stand on both sides; so
 * does a hyphen, soft or hard, at the end of a line, over at most two line breaks. Dashes, two hyphens, and
 * everything else separate.
 *
 * Lines. At the start of a line white space, quote, comment and list signs are passed over, then one list
 * marker: up to three digits (four would take the year that a line break left there), one letter, or i v x
 * up to five times, then . or ) and white space. The text starts with a line start.
 *
 * Letter spacing. Six one-letter tokens in a row, at least two of them no digits, open a spaced run, which
 * lasts to the next longer token. The narrowest of its first five gaps tells what stands between letters; a
 * wider gap stands between words ("t h o s e   t w o" and "t.h.o.s.e t.w.o" both). Dashes and punctuation
 * count as wider, unless every narrowest gap has some.
 *
 * Long words are cut after 192 bytes, counted before pairs are joined, and only before a letter that can
 * start a syllable, so that every spelling of the word is cut at the same place.
 */

#include "simfilter/sf_text.h"

#include <stdbool.h>
#include <string.h>

#include "simfilter/sf_symbol.h"

#include "sf_text_tables.h"

_Static_assert(MAX_GROWTH <= SF_TEXT_GROWTH, "SF_TEXT_GROWTH promises too little");

enum {
    CUT = 192,       /* bytes after which a word is cut */
    MARKS = 16,      /* kept marks to a letter: more than any orthography stacks, and a tower stays linear */
    RUN = 6,         /* one-letter tokens that open a spaced run; five stand in "I, a b c D" */
    RUN_LETTERS = 2, /* of those no digits: columns of numbers stay columns */
    LETTER_SIZE = 8, /* normalised bytes of a letter that may be spaced */
    LINE_BREAKS = 2, /* a hyphenated word may cross a page, not a chapter */
};

static const uint64_t KNOWN_MIX = UINT64_C(0x9e3779b97f4a7c15), KNOWN_SECOND = UINT64_C(0xff51afd7ed558ccd); /* odd, bits of no pattern */

typedef struct {
    uint32_t kind, flags, code;
    size_t width; /* bytes in the text, at least 1 */
    uint32_t record;
} glyph;

typedef struct {
    uint8_t bytes[SF_TEXT_TOKEN_SIZE];
    size_t length;
    size_t raw;          /* length before pairs were joined; decides where a word is cut */
    size_t start, end;   /* in the text */
    size_t letters;
    uint32_t flags;      /* of all letters */
    uint32_t last;       /* of the last letter */
    uint32_t opens;      /* role of the last byte as first of a pair */
    size_t marks;        /* kept since the last letter */
    size_t ordered;      /* of those at the end with a combining class */
    uint8_t rank[MARKS], size[MARKS];
} word;

typedef struct {
    uint32_t space; /* longest run of white space, a line break counting 2 */
    bool punctuation, dash;
} gap;

typedef struct {
    const uint8_t *bytes;
    size_t size;
    const uint8_t *key;
    uint32_t *symbols;
    uint8_t *out;
    size_t out_capacity, out_size;
    uint32_t *out_ends;
    uint32_t *starts, *ends;
    size_t capacity, count;
    bool greek; /* the last word that decided was Greek */
    sf_text_known *known; /* [SF_TEXT_KNOWN] or NULL */
    size_t *fixed;      /* where to tell how many tokens are fixed, or NULL */
    size_t anchor[3];   /* the last token to read on from, as of this word, the one before, and the one before that */
    size_t pending; /* one-letter tokens just written */
    struct {
        uint8_t bytes[LETTER_SIZE];
        size_t length;
        bool digit;
        gap before;
    } letter[RUN];
    bool spaced; /* inside a spaced run; its word so far is in joined */
    gap narrow;
    word joined;
} scanner;

/* ---- code points ---- */

/* Anything that is not well-formed UTF-8 is U+FFFD, one byte wide. */
static uint32_t decode(const uint8_t *bytes, size_t left, size_t *width)
{
    static const uint32_t LEAST[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t lead = bytes[0], code;
    size_t n = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;

    *width = 1;
    if (lead < 0x80)
        return lead;
    if (n == 0 || n > left)
        return 0xFFFD;
    code = lead & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0xFFFD;
        code = code << 6 | (bytes[i] & 0x3Fu);
    }
    if (code < LEAST[n] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return 0xFFFD;
    *width = n;
    return code;
}

static uint32_t record_of(uint32_t code)
{
    if (code < TABLE_END)
        return RECORD[ENTRY[(uint32_t)PAGE[code >> 7] << 7 | (code & 127)]];
    if (code <= 0x3FFFD)
        return DENSE; /* ideographs, also those of a later Unicode */
    return code >= 0xE0000 && code <= 0xE0FFF ? INVISIBLE : SEPARATOR;
}

static inline glyph glyph_at(const scanner *t, size_t i)
{
    glyph g = {.width = 1, .code = t->bytes[i]};
    if (g.code < 0x80) {
        g.record = ASCII_RECORD[g.code];
    } else {
        g.code = decode(t->bytes + i, t->size - i, &g.width);
        g.record = record_of(g.code);
    }
    g.kind = g.record & 15;
    g.flags = g.record >> 4 & 63;
    return g;
}

/* The normalised bytes of a letter or mark; scratch is where they are made if neither the pool nor the text
 * has them. */
static size_t expansion(const scanner *t, size_t i, glyph g, uint8_t scratch[9], const uint8_t **from)
{
    size_t size = g.record >> 10 & 63;

    *from = scratch;
    if (g.code < 0x80) {
        scratch[0] = (uint8_t)(ASCII_LETTER[g.code] & 0x7F);
        return 1;
    }
    if (size == HANGUL) { /* Unicode 3.12: leading consonant, vowel, trailing consonant */
        uint32_t syllable = g.code - 0xAC00;
        uint32_t jamo[3] = {0x1100 + syllable / 588, 0x1161 + syllable % 588 / 28, 0x11A7 + syllable % 28};
        size = jamo[2] == 0x11A7 ? 2 : 3;
        for (size_t k = 0; k < size; k++) {
            scratch[3 * k] = 0xE1;
            scratch[3 * k + 1] = (uint8_t)(0x80 | (jamo[k] >> 6 & 0x3F));
            scratch[3 * k + 2] = (uint8_t)(0x80 | (jamo[k] & 0x3F));
        }
        return 3 * size;
    }
    if (size == 0) {
        *from = t->bytes + i;
        return g.width;
    }
    *from = POOL + (g.record >> 16);
    return size;
}

/* ---- building a word ---- */

static const uint8_t PAIR[4] = {0, 'm', 'w', 'd'};

static void clear(word *w, size_t start)
{
    w->length = w->raw = w->letters = w->marks = w->ordered = 0;
    w->flags = w->last = w->opens = 0;
    w->start = w->end = start;
}

/* Append one normalised byte, joining the pairs rn, vv, cl. */
static inline void append_byte(word *w, uint8_t byte)
{
    uint32_t letter = byte < 0x80 ? ASCII_LETTER[byte] : 0, closes = letter >> 9 & 3;
    bool pair = closes != 0 && closes == w->opens;

    w->length -= pair;
    w->bytes[w->length++] = pair ? PAIR[closes] : byte;
    w->opens = pair ? 0 : letter >> 7 & 3;
}

static void append_letter(word *w, const uint8_t *bytes, size_t size, uint32_t flags)
{
    for (size_t k = 0; k < size; k++)
        append_byte(w, bytes[k]);
    w->raw += size;
    w->letters++;
    w->flags |= flags;
    w->last = flags;
    w->marks = w->ordered = 0;
}

/* Append a kept mark where canonical order wants it. */
static void append_mark(word *w, const uint8_t *bytes, size_t size, uint32_t rank)
{
    size_t at = w->length, k = rank ? w->ordered : 0;

    if (w->marks == MARKS || w->length + size > sizeof w->bytes || w->raw + size > sizeof w->bytes)
        return;
    if (rank == 0)
        w->ordered = 0;
    for (; k > 0 && w->rank[k - 1] > rank; k--) {
        at -= w->size[k - 1];
        w->rank[k] = w->rank[k - 1];
        w->size[k] = w->size[k - 1];
    }
    memmove(w->bytes + at + size, w->bytes + at, w->length - at);
    memcpy(w->bytes + at, bytes, size);
    if (rank) {
        w->rank[k] = (uint8_t)rank;
        w->size[k] = (uint8_t)size;
        w->ordered++;
    }
    w->marks++;
    w->length += size;
    w->raw += size;
    w->opens = 0;
}

/* Append an expansion: letters and kept marks, as if they had stood in the text one by one. */
static void append(word *w, const uint8_t *bytes, size_t size, uint32_t flags)
{
    size_t width;

    for (size_t k = 0; k < size; k += width) {
        uint32_t record = record_of(decode(bytes + k, size - k, &width));
        if ((record & 15) == MARK)
            append_mark(w, bytes + k, width, record >> 4 & 63);
        else
            append_letter(w, bytes + k, width, flags);
    }
}

/* ---- lines ---- */

static bool is_white(const scanner *t, size_t i)
{
    uint32_t kind = i < t->size ? glyph_at(t, i).kind : SEPARATOR;
    return kind == SPACE || kind == NEWLINE;
}

static size_t skip_invisible(const scanner *t, size_t i)
{
    while (i < t->size) {
        glyph g = glyph_at(t, i);
        if (g.kind != INVISIBLE && g.kind != SOFT_HYPHEN)
            break;
        i += g.width;
    }
    return i;
}

/* Past ASCII characters of a set, at most `most`; how many in *count. */
static size_t skip_set(const scanner *t, size_t i, const char *set, size_t most, size_t *count)
{
    *count = 0;
    i = skip_invisible(t, i);
    while (i < t->size && *count < most && t->bytes[i] != 0 && strchr(set, t->bytes[i])) {
        i = skip_invisible(t, i + 1);
        ++*count;
    }
    return i;
}

/* Past a list marker at i, or i. */
static size_t skip_marker(const scanner *t, size_t i)
{
    static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t j, k, digits, romans, letters = 0, n;

    if (i < t->size && t->bytes[i] <= ' ')
        return i; /* an empty line, and no need to look closer */
    j = skip_set(t, i, "(", 1, &n);
    k = skip_set(t, j, "0123456789", 4, &digits);
    if (digits == 0) {
        bool capital = j < t->size && t->bytes[j] < 'a';
        k = skip_set(t, j, capital ? "IVX" : "ivx", 6, &romans);
        if (romans == 0)
            k = skip_set(t, j, LETTERS, 1, &letters);
        if (romans + letters == 0 || romans > 5)
            return i;
    } else if (digits > 3) {
        return i;
    }
    if (digits && k < t->size && glyph_at(t, k).code == 0x20E3) { /* a keycap */
        k += 3;
    } else {
        k = skip_set(t, k, ".)", 1, &n);
        if (n == 0)
            return i;
    }
    k = skip_set(t, k, "*_", 2, &n); /* the marker itself may be bold */
    return is_white(t, k) ? k : i;
}

static size_t skip_signs(const scanner *t, size_t i)
{
    while (i < t->size) {
        glyph g = glyph_at(t, i);
        bool sign = g.flags & F_BULLET && g.kind != MARK && g.kind != LETTER;
        if (!sign && g.kind != SPACE && g.kind != INVISIBLE && g.kind != SOFT_HYPHEN)
            break;
        i += g.width;
    }
    return i;
}

/* Past everything that only says how the line at i is set. */
static size_t skip_prefix(const scanner *t, size_t i)
{
    size_t j = skip_signs(t, i), k = skip_marker(t, j);
    return k == j ? j : skip_signs(t, k);
}

/* The letter that continues a word after its joiner: at once, or on the next line. 0 if there is none.
 *
 * What is passed over holds no letter outside line prefixes, so it is looked at a bounded number of times.
 * */
static size_t next_letter(const scanner *t, size_t i, uint32_t last, bool at_once, bool next_line)
{
    size_t breaks = 0;
    bool white = false;

    while (i < t->size) {
        glyph g = glyph_at(t, i);
        if (g.kind == LETTER) {
            bool joins = white ? breaks > 0 && !(g.flags & F_DIGIT) : at_once && !(g.flags & last & F_DIGIT);
            return joins ? i : 0;
        }
        if (g.kind == SPACE && next_line) {
            white = true;
        } else if (g.kind == NEWLINE && next_line) {
            white = true;
            if (++breaks > LINE_BREAKS)
                return 0;
            if (t->bytes[i] == '\r' && i + 1 < t->size && t->bytes[i + 1] == '\n')
                i++;
            i = skip_prefix(t, i + g.width);
            continue;
        } else if (g.kind != INVISIBLE && g.kind != SOFT_HYPHEN && g.kind != ACCENT) {
            return 0;
        }
        i += g.width;
    }
    return 0;
}

/* ---- reading a word ---- */

static bool ends_syllable(uint32_t code)
{
    return (code >= 0x1160 && code <= 0x11FF) || (code >= 0xD7B0 && code <= 0xD7FF);
}

/* Read the word that starts at i, where a letter stands; returns where to go on. */
static size_t read_word(const scanner *t, size_t i, bool greek, word *w)
{
    const uint8_t *bytes = t->bytes;
    bool dense = false, soft = false; /* soft: only a soft hyphen since the last letter */

    clear(w, i);
    while (i < t->size) {
        uint32_t letter = ASCII_LETTER[bytes[i]];
        if ((letter & 0x7F) && !greek) {
            if (dense || w->raw >= CUT)
                return i;
            size_t from = i, limit = t->size - i > CUT - w->raw ? i + CUT - w->raw : t->size;
            size_t length = w->length;
            uint32_t opens = w->opens, seen = 0, last;
            do { /* append_byte, kept in registers */
                uint32_t closes = letter >> 9 & 3;
                uint32_t pair = (closes != 0) & (closes == opens);
                length -= pair;
                w->bytes[length++] = pair ? PAIR[closes] : (uint8_t)(letter & 0x7F);
                opens = pair ? 0 : letter >> 7 & 3;
                seen |= letter;
                last = letter;
                i++;
            } while (i < limit && (letter = ASCII_LETTER[bytes[i]]) & 0x7F);
            w->length = length;
            w->opens = opens;
            w->raw += i - from;
            w->letters += i - from;
            w->flags |= seen >> 11;
            w->last = last >> 11;
            w->marks = w->ordered = 0;
            w->end = i;
            soft = false;
            continue;
        }

        glyph g = glyph_at(t, i);
        uint8_t scratch[9];
        const uint8_t *from;
        size_t size, next;
        switch (g.kind) {
        case LETTER:
        case DENSE:
            size = expansion(t, i, g, scratch, &from);
            if (w->raw && (dense || g.kind == DENSE || (w->raw >= CUT && !ends_syllable(g.code)) ||
                           w->raw + size > sizeof w->bytes))
                return i;
            dense = g.kind == DENSE;
            if (greek && g.flags & F_CAPITAL && size == 1) {
                scratch[0] = from[0] == 'n' ? 'v' : 'u';
                from = scratch;
            }
            append(w, from, size, g.flags);
            i += g.width;
            w->end = i;
            soft = false;
            break;
        case MARK:
            size = expansion(t, i, g, scratch, &from);
            append(w, from, size, g.flags);
            i += g.width;
            w->end = i;
            break;
        case ACCENT:
            i += g.width;
            w->end = i;
            break;
        case SOFT_HYPHEN:
            soft = !dense;
            i += g.width;
            break;
        case INVISIBLE:
            i += g.width;
            break;
        case APOSTROPHE:
        case HYPHEN:
            next = dense ? 0 : next_letter(t, i + g.width, w->last, true, g.kind == HYPHEN);
            if (next == 0 && !dense && i + g.width < t->size) {
                /* a compound broken at its own hyphen, with another kind of hyphen added */
                glyph other = glyph_at(t, i + g.width);
                if (other.kind == HYPHEN && g.kind == HYPHEN && other.code != g.code)
                    next = next_letter(t, i + g.width + other.width, w->last, false, true);
            }
            if (next == 0)
                return i;
            i = next;
            soft = false;
            break;
        case SPACE:
        case NEWLINE:
            next = soft ? next_letter(t, i, w->last, false, true) : 0;
            /* NFKC makes a space and an accent of the spacing acute that stands for an apostrophe */
            if (next == 0 && !dense && i + g.width < t->size && t->bytes[i + g.width] >= 0x80 &&
                glyph_at(t, i + g.width).kind == ACCENT)
                next = next_letter(t, i + g.width, w->last, true, false);
            if (next == 0)
                return i;
            i = next;
            soft = false;
            break;
        default:
            return i;
        }
    }
    return i;
}

/* ---- tokens out ---- */

static sf_status push(scanner *t, const word *w)
{
    if (t->count == t->capacity)
        return SF_ERR_CAPACITY;
    if (t->out_ends) {
        if (t->out_capacity - t->out_size < w->length || t->out_size + w->length > UINT32_MAX)
            return SF_ERR_CAPACITY;
        memcpy(t->out + t->out_size, w->bytes, w->length);
        t->out_size += w->length;
        t->out_ends[t->count] = (uint32_t)t->out_size;
    } else {
        t->symbols[t->count] = sf_symbol_fold(sf_symbol_hash(w->bytes, w->length, t->key));
    }
    t->starts[t->count] = (uint32_t)w->start;
    t->ends[t->count] = (uint32_t)w->end;
    t->count++;
    return SF_OK;
}

static gap measure(const scanner *t, size_t i, size_t end)
{
    gap found = {0, false, false};
    uint32_t space = 0, hyphens = 0;

    while (i < end) {
        glyph g = glyph_at(t, i);
        i += g.width;
        if (g.kind == SPACE || g.kind == NEWLINE) {
            space += g.kind == NEWLINE ? 2 : 1;
            if (space > found.space)
                found.space = space;
        } else if (g.kind != INVISIBLE && g.kind != SOFT_HYPHEN && g.kind != ACCENT && g.kind != MARK) {
            space = 0;
            hyphens += g.kind == HYPHEN;
            found.dash |= g.kind == DASH || hyphens > 1;
            found.punctuation |= g.kind != APOSTROPHE && g.kind != HYPHEN;
        }
    }
    return found;
}

static bool separates_words(gap here, gap narrow)
{
    return here.space > narrow.space || (here.dash && !narrow.dash) ||
           (here.punctuation && !narrow.punctuation);
}

/* Add a letter to the word of a spaced run, after writing the word before it if this one starts another. */
static sf_status join_letter(scanner *t, gap before, const uint8_t *bytes, size_t size, size_t start,
                             size_t end)
{
    word *w = &t->joined;

    if (w->raw && (w->raw >= CUT || separates_words(before, t->narrow))) {
        sf_status status = push(t, w);
        if (status != SF_OK)
            return status;
        clear(w, start);
    }
    append(w, bytes, size, 0);
    w->end = end;
    return SF_OK;
}

/* Six one-letter tokens in a row: take them back and write them as words. */
static sf_status open_run(scanner *t)
{
    size_t base = t->count - RUN;

    t->narrow = t->letter[1].before;
    for (size_t k = 2; k < RUN; k++) {
        gap other = t->letter[k].before;
        if (other.space < t->narrow.space) {
            t->narrow = other;
        } else if (other.space == t->narrow.space) {
            t->narrow.dash &= other.dash;
            t->narrow.punctuation &= other.punctuation;
        }
    }
    t->count = base;
    if (t->out_ends)
        t->out_size = base ? t->out_ends[base - 1] : 0;
    t->spaced = true;
    t->pending = 0;
    clear(&t->joined, t->starts[base]);
    for (size_t k = 0; k < RUN; k++) { /* words are written behind the letters still to be read */
        sf_status status = join_letter(t, t->letter[k].before, t->letter[k].bytes, t->letter[k].length,
                                       t->starts[base + k], t->ends[base + k]);
        if (status != SF_OK)
            return status;
    }
    return SF_OK;
}

static sf_status emit_letter(scanner *t, const word *w)
{
    size_t digits = 0, k = t->pending;
    gap none = {0, false, false};

    if (t->spaced)
        return join_letter(t, measure(t, t->joined.end, w->start), w->bytes, w->length, w->start, w->end);
    t->letter[k].before = k ? measure(t, t->ends[t->count - 1], w->start) : none;
    memcpy(t->letter[k].bytes, w->bytes, w->length);
    t->letter[k].length = w->length;
    t->letter[k].digit = w->flags & F_DIGIT;
    sf_status status = push(t, w);
    if (status != SF_OK)
        return status;
    t->pending++;
    if (t->pending < RUN)
        return SF_OK;
    for (k = 0; k < RUN; k++)
        digits += t->letter[k].digit;
    if (digits <= RUN - RUN_LETTERS)
        return open_run(t);
    memmove(t->letter, t->letter + 1, (RUN - 1) * sizeof t->letter[0]);
    t->pending--;
    return SF_OK;
}

static sf_status close_run(scanner *t)
{
    bool open = t->spaced;

    t->pending = 0;
    t->spaced = false;
    return open ? push(t, &t->joined) : SF_OK;
}

static sf_status emit(scanner *t, const word *w)
{
    if (w->letters == 1 && w->flags & F_ALONE && w->length <= LETTER_SIZE)
        return emit_letter(t, w);
    if (t->pending || t->spaced) {
        sf_status status = close_run(t);
        if (status != SF_OK)
            return status;
    }
    return push(t, w);
}

/* Note that the word before the last two is fixed: a list marker yet to be recognised and the word it hides can undo no more.
 *
 * A text can be read on from a word that starts as a line would, closes any spaced run, and leaves no doubt about Greek capitals.
 */
static void settle(scanner *t, const word *w, bool greek)
{
    bool anchors = !t->pending && !t->spaced && skip_prefix(t, w->start) == w->start &&
                   (!greek || w->flags & (F_GREEK | F_LATIN));

    *t->fixed = t->anchor[2];
    t->anchor[2] = t->anchor[1];
    t->anchor[1] = t->anchor[0];
    if (anchors)
        t->anchor[0] = t->count - 1;
}

/* Whether nothing of a word can follow its ASCII letters, of which the last stands before i. */
static inline bool ends_plainly(const scanner *t, size_t i)
{
    if (i == t->size)
        return true;
    uint32_t kind = t->bytes[i] < 0x80 ? ASCII_RECORD[t->bytes[i]] & 15 : LETTER;
    return kind == SEPARATOR || ((kind == SPACE || kind == NEWLINE) && (i + 1 == t->size || t->bytes[i + 1] < 0x80));
}

static inline size_t push_plain(scanner *t, size_t from, size_t i, uint32_t symbol)
{
    t->symbols[t->count] = symbol;
    t->starts[t->count] = (uint32_t)from;
    t->ends[t->count] = (uint32_t)i;
    t->count++;
    t->pending = 0;
    return i < t->size && t->bytes[i] == ' ' ? i + 1 : i;
}

/* Most words of most texts: two ASCII letters or more, then something that cannot go on with the word. Writes the word and returns where to
 * go on, or returns i when read_word has to look. English takes 35 ns a token instead of 48, and the tokens are the same. */
static size_t plain_word(scanner *t, size_t i, word *w)
{
    size_t from = i, length = 0, limit = t->size - i > CUT ? i + CUT : t->size;
    uint32_t opens = 0, letter;

    while (i < limit && (letter = ASCII_LETTER[t->bytes[i]]) & 0x7F) {
        uint32_t closes = letter >> 9 & 3;
        uint32_t pair = (closes != 0) & (closes == opens);
        length -= pair;
        w->bytes[length++] = pair ? PAIR[closes] : (uint8_t)(letter & 0x7F);
        opens = pair ? 0 : letter >> 7 & 3;
        i++;
    }
    if (i - from < 2 || i - from >= CUT || t->count == t->capacity || !ends_plainly(t, i))
        return from;
    return push_plain(t, from, i, sf_symbol_fold(sf_symbol_hash(w->bytes, length, t->key)));
}

static uint64_t load_word(const uint8_t *b)
{
    uint64_t value = 0;
    for (int k = 0; k < 8; k++)
        value |= (uint64_t)b[k] << 8 * k;
    return value;
}

/* The high bit of each byte that is no ASCII letter or digit. For bytes below 0x80, b + 0x80 - low has it when b >= low, and no sum reaches
 * the next byte. */
static uint64_t no_letters(uint64_t bytes)
{
    const uint64_t each = UINT64_C(0x0101010101010101), high = 0x80 * each;
    uint64_t plain = bytes & ~high, small = plain | 0x20 * each;
    uint64_t letter = (small + (0x80 - 'a') * each) & ~(small + (0x7F - 'z') * each);
    uint64_t digit = (plain + (0x80 - '0') * each) & ~(plain + (0x7F - '9') * each);
    return (~(letter | digit) & high) | (bytes & high);
}

/* Plain words of at most 15 bytes that were met before, found by their bytes as they stand, and the spaces and signs between; one that is
 * new is read by plain_word and remembered. Stops before whatever else there is. A loop of its own, as every store into the symbols could
 * otherwise change the scanner for all the compiler knows. English takes 12 ns a token less than by plain_word. */
static size_t known_words(scanner *t, size_t i, word *w)
{
    const uint8_t *bytes = t->bytes;
    const size_t size = t->size, capacity = t->capacity, begin = i;
    uint32_t *symbols = t->symbols, *starts = t->starts, *ends = t->ends;
    sf_text_known *known = t->known;
    size_t count = t->count;

    while (size - i > 16 && count < capacity) {
        uint64_t first = load_word(bytes + i), second = 0, stops = no_letters(first);
        size_t length = 8;
        if (stops) {
            length = (size_t)__builtin_ctzll(stops) >> 3;
            first &= (UINT64_C(1) << 8 * length) - 1;
        } else {
            second = load_word(bytes + i + 8);
            stops = no_letters(second);
            if (stops == 0)
                break;
            size_t more = (size_t)__builtin_ctzll(stops) >> 3;
            second &= (UINT64_C(1) << 8 * more) - 1;
            length += more;
        }
        if (length < 2 || !ends_plainly(t, i + length))
            break;
        sf_text_known *slot = known + ((first ^ second * KNOWN_SECOND) * KNOWN_MIX >> (64 - SF_TEXT_KNOWN_BITS));
        if (slot->first != first || slot->second != second) {
            t->count = count;
            plain_word(t, i, w);
            *slot = (sf_text_known){first, second, symbols[count]};
        }
        symbols[count] = slot->symbol;
        starts[count] = (uint32_t)i;
        ends[count++] = (uint32_t)(i + length);
        i += length;
        while (i < size && bytes[i] < 0x80 && ((ASCII_RECORD[bytes[i]] & 15) == SPACE || (ASCII_RECORD[bytes[i]] & 15) == SEPARATOR))
            i++;
    }
    if (i != begin)
        t->pending = 0;
    t->count = count;
    return i == begin ? plain_word(t, i, w) : i;
}

static sf_status scan(scanner *t)
{
    word w;
    size_t i = skip_prefix(t, 0);

    while (i < t->size) {
        uint8_t byte = t->bytes[i];
        if (ASCII_LETTER[byte] & 0x7F && !t->greek && !t->spaced && !t->out_ends && !t->fixed) {
            size_t next = t->known ? known_words(t, i, &w) : plain_word(t, i, &w);
            if (next != i) {
                i = next;
                continue;
            }
        }
        if (!(ASCII_LETTER[byte] & 0x7F)) {
            glyph g = glyph_at(t, i);
            if (g.kind == NEWLINE) {
                i = skip_prefix(t, i + g.width);
                continue;
            }
            if (g.kind != LETTER && g.kind != DENSE) {
                i += g.width;
                continue;
            }
        }
        size_t from = i;
        bool greek = t->greek;
        i = read_word(t, from, false, &w);
        if (w.flags & (F_GREEK | F_LATIN))
            t->greek = w.flags & F_GREEK;
        if (t->greek && w.flags & F_CAPITAL)
            i = read_word(t, from, true, &w);
        sf_status status = emit(t, &w);
        if (status != SF_OK)
            return status;
        if (t->fixed)
            settle(t, &w, greek);
    }
    return close_run(t);
}

/* ---- the doors ---- */

sf_status sf_text_tokenize_known(const uint8_t *bytes, size_t size, const uint8_t key[16], sf_text_known *known, uint32_t *symbols,
                                 uint32_t *starts, uint32_t *ends, size_t capacity, size_t *count)
{
    scanner t = {.bytes = bytes, .size = size, .key = key, .symbols = symbols, .starts = starts, .ends = ends,
                 .capacity = capacity, .known = known};

    *count = 0;
    if (size > UINT32_MAX)
        return SF_ERR_ARGUMENT;
    sf_status status = scan(&t);
    *count = t.count;
    return status;
}

sf_status sf_text_tokenize(const uint8_t *bytes, size_t size, const uint8_t key[16], uint32_t *symbols,
                           uint32_t *starts, uint32_t *ends, size_t capacity, size_t *count)
{
    return sf_text_tokenize_known(bytes, size, key, NULL, symbols, starts, ends, capacity, count);
}

sf_status sf_text_tokenize_growing(const uint8_t *bytes, size_t size, const uint8_t key[16], uint32_t *symbols,
                                   uint32_t *starts, uint32_t *ends, size_t capacity, size_t *count, size_t *fixed)
{
    scanner t = {.bytes = bytes, .size = size, .key = key, .symbols = symbols, .starts = starts, .ends = ends,
                 .capacity = capacity, .fixed = fixed};

    *count = *fixed = 0;
    if (size > UINT32_MAX)
        return SF_ERR_ARGUMENT;
    sf_status status = scan(&t);
    *count = t.count;
    return status;
}

sf_status sf_text_normalize(const uint8_t *bytes, size_t size, uint8_t *out, size_t out_capacity,
                            uint32_t *out_ends, uint32_t *starts, uint32_t *ends, size_t capacity,
                            size_t *count, size_t *out_size)
{
    scanner t = {.bytes = bytes, .size = size, .out = out, .out_capacity = out_capacity, .out_ends = out_ends,
                 .starts = starts, .ends = ends, .capacity = capacity};

    *count = *out_size = 0;
    if (size > UINT32_MAX)
        return SF_ERR_ARGUMENT;
    if (capacity == 0 || out_capacity == 0)
        t.capacity = 0; /* so that a text without words passes, and no array is touched */
    sf_status status = scan(&t);
    *count = t.count;
    *out_size = t.out_size;
    return status;
}

const char *sf_text_unicode(void)
{
    return SF_TEXT_UNICODE;
}
