"""Evasions change what they say they change, and the same seed gives the same text."""

import random

import pytest

from simfilter.evasion import PROSE
from simfilter.views.text import normalize

TEXT = ("The keeper wrote down every ship that passed, although nobody had asked her to; and when the office burned, her ledgers were "
        "the only record that any of those voyages had taken place.")


def words(text: str) -> list[bytes]:
    return normalize(text.encode())[0]


@pytest.mark.parametrize("name", PROSE)
def test_the_same_seed_gives_the_same_text(name: str) -> None:
    apply = PROSE[name].apply
    assert apply(TEXT, random.Random(3)) == apply(TEXT, random.Random(3))
    assert (apply(TEXT, random.Random(3)) == TEXT) == (name == "verbatim")
    assert apply("", random.Random(0)).strip() == ""


@pytest.mark.parametrize("name", ["capitals", "zero-width characters", "homoglyphs", "numbered list", "quoted lines"])
def test_disguises_leave_the_words_as_they_are(name: str) -> None:
    assert words(PROSE[name].apply(TEXT, random.Random(0))) == words(TEXT)


def test_edits_come_as_often_as_they_say() -> None:
    count = len(TEXT.split())
    changed = PROSE["1 word in 5 changed"].apply(TEXT, random.Random(0)).split()
    assert [at for at, (a, b) in enumerate(zip(changed, TEXT.split(), strict=True)) if a != b] == list(range(4, count, 5))
    assert len(PROSE["1 word in 9 deleted"].apply(TEXT, random.Random(0)).split()) == count - count // 9
    assert len(PROSE["1 word in 6 inserted"].apply(TEXT, random.Random(0)).split()) == count + count // 6
    assert sorted(PROSE["clauses shuffled"].apply(TEXT, random.Random(0)).split()) == sorted(TEXT.split())
