"""Writes sf_text_tables.h: what every code point becomes in the text view.

Sources are ``unicodedata`` of the building Python and the confusables of the package
``confusable_homoglyphs``; the rules are told in csrc/src/sf_text.c. The result is the same for the same two
versions, and says which Unicode it was made from.

The table has two stages: PAGE[code point >> 7] names a page of 128 entries, each the number of a record. A
record packs

    bits  0..3   class
    bits  4..9   flags (for a kept mark: the rank of its combining class, 0 when it never moves)
    bits 10..15  size of the expansion in bytes; 0 = the code point itself, 63 = a Hangul syllable
                 (decomposed by arithmetic)
    bits 16..31  offset of the expansion in POOL (UTF-8, already folded)
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

CLASSES = [
    "SEPARATOR",
    "SPACE",
    "NEWLINE",
    "LETTER",
    "DENSE",
    "MARK",
    "ACCENT",
    "INVISIBLE",
    "APOSTROPHE",
    "HYPHEN",
    "SOFT_HYPHEN",
    "DASH",
]
SEPARATOR, SPACE, NEWLINE, LETTER, DENSE, MARK, ACCENT, INVISIBLE, APOSTROPHE, HYPHEN, SOFT_HYPHEN, DASH = (
    range(12)
)
FLAGS = ["DIGIT", "LATIN", "GREEK", "CAPITAL", "ALONE", "BULLET"]
DIGIT, LATIN, GREEK, CAPITAL, ALONE, BULLET = (1 << bit for bit in range(6))
HANGUL = 63
PAGE_SIZE = 128
TABLE_END = 0x32000  # above: ideographs up to 0x3FFFF, tags and selectors in 0xE0000..0xE0FFF, nothing else

ASCII_MERGE = str.maketrans("i10", "llo")
APOSTROPHES = "'`´ʹʻʼʽʾʿˈˊˋ΄՚՝׳‘’‛′ꞌ＇｀᾽᾿῾"
HYPHENS = "-˗֊־᠆‐‑⁃−﹣－"
BULLETS = ">*-+#;%|/•◦‣▪▫●○■□▶►➤➢✓✔✦★☆·∙◆◇–—"
FILLERS = {
    0x034F,
    0x0640,
    0x115F,
    0x1160,
    0x17B4,
    0x17B5,
    0x2800,
    0x3164,
    0xFFA0,
    *range(0x180B, 0x1810),
    *range(0xFE00, 0xFE10),
    *range(0x2060, 0x2070),
    *range(0xFFF0, 0xFFF9),
}
DENSE_SCRIPTS = (
    "CJK UNIFIED",
    "CJK COMPATIBILITY IDEOGRAPH",
    "HIRAGANA",
    "KATAKANA",
    "BOPOMOFO",
    "YI ",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "TIBETAN",
    "TANGUT",
    "NUSHU",
    "KHITAN",
    "JAVANESE",
    "BALINESE",
    "NEW TAI",
    "TAI ",
    "EGYPTIAN",
    "CUNEIFORM",
    "IDEOGRAPHIC",
    "VERTICAL KANA",
    "MASU",
)
# Marks that only accent a letter or point a vowel a reader supplies; all other marks spell, and are kept.
ACCENT_SCRIPTS = (
    "COMBINING",
    "CYRILLIC",
    "GREEK",
    "HEBREW",
    "ARABIC",
    "SYRIAC",
    "SAMARITAN",
    "MANDAIC",
    "NKO",
    "IDEOGRAPHIC",
    "HANGUL",
    "MUSICAL",
    "ETHIOPIC",
    "GLAGOLITIC",
    "PHAISTOS",
    "COPTIC",
    "MENDE",
    "ADLAM",
    "BASSA",
    "OLD PERMIC",
    "SIGNWRITING",
)
KEPT_ACCENTS = {0x3099, 0x309A}  # kana voicing
DROPPED_MARKS = {
    0x0E4D,
    0x0ECD,
}  # inside the decomposition of Thai and Lao AM, where they would precede their letter
LATIN_NAME = re.compile(
    r"(?:NEGATIVE (?:CIRCLED|SQUARED) |REGIONAL INDICATOR SYMBOL )?(?:LATIN )?(?:SMALL |CAPITAL )?LETTER "
    r"(?:SMALL CAPITAL )?([A-Z])(?: WITH .*)?$"
)


def load_confusables() -> dict[str, str]:
    """Non-ASCII code point -> the ASCII letter or digit it is mistaken for (several, for Latin ligatures)."""
    spec = find_spec("confusable_homoglyphs")
    if spec is None or spec.origin is None:
        raise RuntimeError("building simfilter needs the package confusable_homoglyphs")
    data = json.loads((Path(spec.origin).parent / "confusables.json").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for target in sorted(data, key=lambda text: (len(text), text)):
        if not (target.isascii() and target.isalnum()):
            continue
        for entry in data[target]:
            source = entry["c"]
            if (
                len(source) == 1
                and not source.isascii()
                and (len(target) == 1 or name(source).startswith("LATIN"))
            ):
                found.setdefault(source, target)
    return found


def name(char: str) -> str:
    return unicodedata.name(char, "")


CONFUSABLES = load_confusables()


def ascii_shape(char: str) -> str | None:
    """What ``char`` itself looks like in ASCII, by compatibility or by shape."""
    if char.isascii():
        return char if char.isalnum() else None
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) not in ("Mn", "Me")
    )
    if plain.isascii() and plain.isalnum():
        return plain
    if char in CONFUSABLES:
        return CONFUSABLES[char]
    return None


def named_shape(char: str) -> str | None:
    """The letter that a Latin letter's name calls it a variant of: struck, hooked, small capital, circled."""
    found = LATIN_NAME.match(name(char))
    return found[1] if found and ("LATIN" in found[0] or "REGIONAL" in found[0]) else None


@cache
def capitals() -> dict[str, str]:
    """Letter -> the first capital that folds to it."""
    found: dict[str, str] = {}
    for code in range(0x80, TABLE_END):
        low = chr(code).casefold()
        if unicodedata.category(chr(code)) == "Lu" and low != chr(code) and len(low) == 1:
            found.setdefault(low, chr(code))
    return found


def fold_letter(char: str) -> str:
    """One decomposed letter -> its ASCII class, else itself in lower case.

    The shape decides, and where a letter has none the shape of its other case does, so that a word keeps
    its letters in capitals: Cyrillic в follows В to b.
    """
    candidates = [c for c in (char, char.casefold(), capitals().get(char.casefold(), "")) if len(c) == 1]
    for look in (ascii_shape, named_shape):
        for candidate in candidates:
            if shape := look(candidate):
                return shape.casefold().translate(ASCII_MERGE)
    low = char.casefold()
    return low if low == char or len(low) == 1 else "".join(fold_letter(c) for c in low)


def is_word(char: str) -> bool:
    return (
        unicodedata.category(char)[0] == "L"
        or unicodedata.category(char) in ("Nd", "Nl", "No")
        or char in CONFUSABLES
    )


def is_accent(char: str) -> bool:
    if ord(char) in KEPT_ACCENTS or (
        unicodedata.category(char) == "Mc" and not name(char).startswith(ACCENT_SCRIPTS)
    ):
        return False
    return (
        ord(char) in DROPPED_MARKS
        or unicodedata.category(char) == "Me"
        or name(char).startswith(ACCENT_SCRIPTS)
        or (
            unicodedata.normalize("NFKD", char)[0] != char
            and is_accent(unicodedata.normalize("NFKD", char)[0])
        )
    )


def is_invisible(code: int) -> bool:
    category = unicodedata.category(chr(code))
    return code in FILLERS or category == "Cf" or category == "Cc" or 0xE0000 <= code <= 0xE0FFF


def combining_ranks() -> dict[int, int]:
    used = {
        unicodedata.combining(chr(code))
        for code in range(TABLE_END)
        if unicodedata.category(chr(code))[0] == "M" and not is_accent(chr(code))
    }
    ranks = {combining: rank for rank, combining in enumerate(sorted(used | {0}))}
    if len(ranks) > 64:
        raise ValueError("combining ranks no longer fit six bits")
    return ranks


def describe(code: int, ranks: dict[int, int]) -> tuple[int, int, bytes | int]:
    """Class, flags and expansion (empty = itself) of a code point."""
    char = chr(code)
    category = unicodedata.category(char)
    if char in "\n\r\v\f\x85\u2028\u2029":
        return NEWLINE, 0, b""
    if category == "Zs" or char == "\t":
        return SPACE, 0, b""
    if code == 0xAD:
        return SOFT_HYPHEN, 0, b""
    if char in APOSTROPHES:
        return APOSTROPHE, 0, b""
    if char in HYPHENS:
        return HYPHEN, BULLET, b""
    if category == "Cs":
        return SEPARATOR, 0, b""
    if is_invisible(code):
        return INVISIBLE, 0, b""
    if 0x20000 <= code <= 0x3FFFD and category == "Cn":
        return DENSE, 0, b""  # ideographs of a later Unicode
    if 0xAC00 <= code <= 0xD7A3:
        return LETTER, 0, HANGUL
    if category[0] == "M" and char not in CONFUSABLES:
        if is_accent(char):
            return ACCENT, 0, b""
        text = "".join(c for c in unicodedata.normalize("NFKD", char) if not is_accent(c))
        return MARK, ranks[unicodedata.combining(text[0])], b"" if text == char else text.encode()
    parts = unicodedata.normalize("NFKD", char)
    if len(parts) == 1 and parts != char and char not in CONFUSABLES:
        kind, flags, alone = describe(ord(parts), ranks)
        return kind, flags, alone or parts.encode()
    if unicodedata.normalize("NFD", char)[0] in APOSTROPHES:
        return APOSTROPHE, 0, b""
    kept = [c for c in parts if is_word(c) or (unicodedata.category(c)[0] == "M" and not is_accent(c))]
    kept = [c for c in kept if not is_invisible(ord(c))]
    if char in CONFUSABLES and (shape := ascii_shape(char)):
        shape = shape.casefold().translate(ASCII_MERGE)
        if "".join(map(fold_letter, kept)) != shape:
            kept = [char]
    if not kept:
        if all(unicodedata.category(c)[0] == "M" or c == " " or is_invisible(ord(c)) for c in parts):
            return ACCENT, 0, b""  # a spacing accent, as in the OCR of "nai\u00a8ve"
        return (DASH if category == "Pd" else SEPARATOR), BULLET if char in BULLETS else 0, b""
    if all(unicodedata.category(c)[0] == "M" and c not in CONFUSABLES for c in kept):  # halfwidth voicing
        return MARK, ranks[unicodedata.combining(kept[0])], "".join(kept).encode()
    text = "".join(fold_letter(c) for c in kept)
    dense = name(char).startswith(DENSE_SCRIPTS) or name(kept[0]).startswith(DENSE_SCRIPTS)
    if dense and unicodedata.category(kept[0])[0] == "L" and not text.isascii():
        return DENSE, 0, b"" if text == char else text.encode()
    flags = 0
    if unicodedata.category(kept[0]) == "Nd":
        flags |= DIGIT
    if text[0].isascii() and (kept[0].isascii() or name(char).startswith("LATIN")):
        flags |= LATIN if not flags & DIGIT else 0
    if name(kept[0]).startswith("GREEK"):
        if kept[0] not in CONFUSABLES:
            flags |= GREEK
        elif (low := fold_letter(kept[0].casefold())) != text and (text, low) in (("n", "v"), ("y", "u")):
            flags |= CAPITAL
    if kept[0] in "NY" and len(text) == 1:
        flags |= CAPITAL
    if not name(kept[0]).startswith("HANGUL"):
        flags |= ALONE
    return LETTER, flags, b"" if text == char else text.encode()


def first_role(folded: bytes) -> int:
    """1, 2, 3 for the letters that may open a pair read as one: rn as m, vv as w, cl as d."""
    return b"-rvc".find(folded) if folded in (b"r", b"v", b"c") else 0


def second_role(folded: bytes) -> int:
    return b"-nvl".find(folded) if folded in (b"n", b"v", b"l") else 0


def lines(values: Iterable[int], *, width: int = 110) -> str:
    out, line = [], ""
    for value in values:
        piece = f"{value},"
        if len(line) + len(piece) > width:
            out.append(line)
            line = ""
        line += piece
    return "\n".join([*out, line])


def render() -> str:
    ranks = combining_ranks()
    pool = bytearray()
    offsets: dict[bytes, int] = {}
    records: dict[int, int] = {0: 0}
    pages: dict[tuple[int, ...], int] = {}
    index: list[int] = []
    growth = 3  # a Hangul syllable: three bytes become nine
    for base in range(0, TABLE_END, PAGE_SIZE):
        page = []
        for code in range(base, base + PAGE_SIZE):
            kind, flags, text = describe(code, ranks)
            if isinstance(text, int):
                size, offset = text, 0
            else:
                size = len(text)
                if text not in offsets:
                    offsets[text] = len(pool)
                    pool += text
                offset = offsets[text]
                if size >= HANGUL:
                    raise ValueError(f"the expansion of U+{code:04X} no longer fits six bits")
                growth = max(growth, -(-size // len(chr(code).encode("utf-8", "surrogatepass"))))
            record = kind | flags << 4 | size << 10 | offset << 16
            page.append(records.setdefault(record, len(records)))
        index.append(pages.setdefault(tuple(page), len(pages)))
    if len(pool) >= 1 << 16 or len(records) >= 1 << 16:
        raise ValueError("the tables no longer fit sixteen bits")
    ascii_letters, ascii_classes = [], []
    for code in range(128):
        kind, flags, text = describe(code, ranks)
        assert not isinstance(text, int)
        folded = (text or bytes([code])) if kind == LETTER else b"\0"
        ascii_letters.append(folded[0] | first_role(folded) << 7 | second_role(folded) << 9 | flags << 11)
        ascii_classes.append(kind | flags << 4)
    parts = [
        f"/* Made by csrc/generate_tables.py from Unicode {unicodedata.unidata_version}; do not edit. */",
        f'#define SF_TEXT_UNICODE "{unicodedata.unidata_version}"',
        f"#define TABLE_END 0x{TABLE_END:X}u",
        f"#define MAX_GROWTH {growth}u",
        f"#define HANGUL {HANGUL}u",
        "enum { " + ", ".join(f"{word} = {number}" for number, word in enumerate(CLASSES)) + " };",
        "enum { " + ", ".join(f"F_{word} = {1 << number}" for number, word in enumerate(FLAGS)) + " };",
    ]
    flat = [entry for page in pages for entry in page]
    rows: list[tuple[str, str, list[int]]] = [
        ("ASCII_LETTER", "uint32_t", ascii_letters + [0] * 128),
        ("ASCII_RECORD", "uint16_t", ascii_classes),
        ("PAGE", "uint16_t" if len(pages) > 255 else "uint8_t", index),
        ("ENTRY", "uint16_t", flat),
        ("RECORD", "uint32_t", list(records)),
        ("POOL", "uint8_t", list(pool)),
    ]
    for title, kind_name, values in rows:
        parts.append(f"static const {kind_name} {title}[{len(values)}] = {{\n{lines(values)}\n}};")
    return "\n".join(parts) + "\n"


def write_tables(path: Path) -> None:
    """Write the header to ``path``, leaving a file that is right already untouched."""
    text = render()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
