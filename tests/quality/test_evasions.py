"""Copies of 100 words, each evasion: recall at the default policy (false positives are gated in test_prose.py)."""

import random
import re
from pathlib import Path

import pytest

from simfilter import Action, Filter
from simfilter.evasion import PROSE
from tests.quality.data import rows

BARS = {"1 word in 5 changed": 0.95, "clauses shuffled": 0.97}
COPIES = 60


@pytest.fixture(scope="module")
def texts(shared_data: Path) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {"protected": [], "host": []}
    for row in rows(shared_data / "novels_en" / "novels.jsonl.gz"):
        found[row["role"]].append(row)
    return found


def blocked(filter_: Filter, answer: str, document: str) -> bool:
    return any(match.provenance.document == document and match.action is Action.BLOCK for match in filter_.check(answer).matches)


@pytest.mark.parametrize("name", PROSE)
def test_copies_are_caught(novels: Filter, texts: dict[str, list[dict]], name: str) -> None:
    rng = random.Random(1)
    caught = 0
    for _ in range(COPIES):
        source, host = rng.choice(texts["protected"]), rng.choice(texts["host"])["text"].split()
        words = source["text"].split()
        at, here = rng.randrange(len(words) - 100), rng.randrange(len(host) - 200)
        copy = PROSE[name].apply(" ".join(words[at : at + 100]), rng)
        answer = " ".join(host[here : here + 100]) + f"\n\n{copy}\n\n" + " ".join(host[here + 100 : here + 200])
        caught += blocked(novels, answer, source["id"])
    assert caught / COPIES >= BARS.get(name, 1.0)


def test_two_sources_interleaved_sentence_by_sentence_are_both_named(novels: Filter, texts: dict[str, list[dict]]) -> None:
    rng = random.Random(2)
    named = 0
    for _ in range(COPIES):
        pair = rng.sample(texts["protected"], 2)
        passages = []
        for source in pair:
            sentences = re.split(r"(?<=[.!?])\s+", source["text"])
            at = rng.randrange(len(sentences) - 12)
            passages.append(sentences[at : at + 12])
        answer = " ".join(sentence for both in zip(*passages, strict=True) for sentence in both)
        named += all(blocked(novels, answer, source["id"]) for source in pair)
    assert named / COPIES >= 0.95
