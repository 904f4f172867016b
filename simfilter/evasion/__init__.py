"""Evasions: what people and models do to a copy so that it does not look like one. For calibration, tests and benchmarks.

Every evasion is a function of a text and a random generator; the same seed gives the same text. Those of prose work on words, those of
code on tree-sitter's tokens and statements. What parses before an evasion parses after it; that it still runs is not promised.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from functools import partial as bound
from typing import Literal

from simfilter.evasion import comments, dead, literals, names, prose, refactor, statements
from simfilter.evasion.statements import partial, piece, planted

__all__ = ["PROSE", "Evasion", "code", "partial", "piece", "planted"]


@dataclass(frozen=True, slots=True)
class Evasion:
    """``apply`` changes a copy; ``kind`` tells what it is for."""

    name: str
    kind: Literal["prose", "code"]
    apply: Callable[[str, random.Random], str]


PROSE = {evasion.name: evasion for evasion in (
    Evasion("verbatim", "prose", lambda text, rng: text),
    Evasion("capitals", "prose", prose.capitals),
    Evasion("zero-width characters", "prose", prose.zero_width),
    Evasion("homoglyphs", "prose", prose.homoglyphs),
    Evasion("numbered list", "prose", prose.numbered_list),
    Evasion("quoted lines", "prose", prose.quoted_lines),
    Evasion("1 word in 8 changed", "prose", prose.change_words(8)),
    Evasion("1 word in 5 changed", "prose", prose.change_words(5)),
    Evasion("1 word in 9 deleted", "prose", prose.delete_words(9)),
    Evasion("1 word in 6 inserted", "prose", prose.insert_words(6)),
    Evasion("clauses shuffled", "prose", prose.shuffle_clauses),
)}

Step = Callable[[str, random.Random, str], str]

_EVERY_SECOND, _EVERY = bound(dead.code, every=2), bound(dead.code, every=1)
_STEPS: dict[str, tuple[Step, ...]] = {
    "verbatim": (),
    "comments stripped": (comments.strip,),
    "renamed": (comments.strip, names.bound),
    "renamed, all names": (comments.strip, names.every),
    "dead code after every 2nd, renamed": (comments.strip, _EVERY_SECOND, names.bound),
    "dead code after every 2nd, renamed all": (comments.strip, _EVERY_SECOND, names.every),
    "dead code after every statement, renamed all": (comments.strip, _EVERY, names.every),
    "adjacent swapped, renamed": (comments.strip, statements.swap, names.bound),
    "adjacent swapped, renamed all": (comments.strip, statements.swap, names.every),
    "literals changed": (literals.change,),
    "statements deleted": (statements.delete,),
    "refactored": (refactor.structure, refactor.undeclare),
    "types and modifiers changed": (refactor.types,),
    "all at once": (comments.strip, statements.swap, _EVERY_SECOND, literals.change, names.every),
}
"""What each evasion of code does, in order. `renamed` leaves the names the code does not bind itself, `all names` none."""


@cache
def code(language: str) -> dict[str, Evasion]:
    """The evasions of code in ``language``. Raises ParameterError when it is applied to a language nobody knows.

    >>> code("python")["comments stripped"].apply("x = 1  # one", random.Random(0))
    'x = 1'
    """
    return {name: Evasion(name, "code", _applied(steps, language)) for name, steps in _STEPS.items()}


def _applied(steps: tuple[Step, ...], language: str) -> Callable[[str, random.Random], str]:
    def apply(text: str, rng: random.Random) -> str:
        for step in steps:
            text = step(text, rng, language)
        return text
    return apply
