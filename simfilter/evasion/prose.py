"""Evasions of prose: they work on words."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

HOMOGLYPHS = str.maketrans("aceopxyiABEHKMOPTX", "асеорхуіАВЕНКМОРТХ")
FILLERS = ("also", "perhaps", "indeed", "often", "quietly", "almost", "still", "rather", "soon", "again", "merely", "surely")


def capitals(text: str, rng: random.Random) -> str:
    """All in capitals."""
    return text.upper()


def zero_width(text: str, rng: random.Random) -> str:
    """A zero-width space in every fourth place."""
    return "".join(char + "\u200b" if at % 4 == 3 else char for at, char in enumerate(text))


def homoglyphs(text: str, rng: random.Random) -> str:
    """Every letter that has one replaced by its Cyrillic look-alike."""
    return text.translate(HOMOGLYPHS)


def numbered_list(text: str, rng: random.Random) -> str:
    """Five words a line, numbered."""
    words = text.split()
    return "\n".join(f"{number}. " + " ".join(words[at : at + 5]) for number, at in enumerate(range(0, len(words), 5), 1))


def quoted_lines(text: str, rng: random.Random) -> str:
    """Lines of eight words behind a quotation mark, as in mail."""
    words = text.split()
    return "\n".join("> " + " ".join(words[at : at + 8]) for at in range(0, len(words), 8))


def change_words(every: int) -> Callable[[str, random.Random], str]:
    """Every such word replaced by another, so that no longer run is left than one less."""
    def apply(text: str, rng: random.Random) -> str:
        words = text.split()
        for at in range(every - 1, len(words), every):
            words[at] = rng.choice(FILLERS)
        return " ".join(words)
    return apply


def delete_words(every: int) -> Callable[[str, random.Random], str]:
    """One word in ``every`` left out."""
    def apply(text: str, rng: random.Random) -> str:
        words = text.split()
        gone = set(range(every - 1, len(words), every))
        return " ".join(word for at, word in enumerate(words) if at not in gone)
    return apply


def insert_words(every: int) -> Callable[[str, random.Random], str]:
    """A word put in behind one in ``every``."""
    def apply(text: str, rng: random.Random) -> str:
        words = text.split()
        more = set(range(every - 1, len(words), every))
        return " ".join(word + (f" {rng.choice(FILLERS)}" if at in more else "") for at, word in enumerate(words))
    return apply


def shuffle_clauses(text: str, rng: random.Random) -> str:
    """The clauses (cut at punctuation, or every twelve words) in another order."""
    clauses = [clause for part in re.split(r"(?<=[,;:.!?])\s+", text) for clause in _pieces(part.split(), 12)]
    rng.shuffle(clauses)
    return " ".join(clauses)


def _pieces(words: Sequence[str], size: int) -> Iterator[str]:
    for at in range(0, len(words), size):
        yield " ".join(words[at : at + size])
