"""Prose: planted copies are found at their place, innocent prose passes. Bars: 0 misses, spans within 2 tokens, 0 false blocks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simfilter import Action, Filter
from simfilter.views.text import tokenize
from simfilter.views.tokens import encode
from tests.quality.data import rows

LEAST_WORDS = 25


def distance(text: str, a: int, b: int) -> int:
    """Tokens between two places."""
    return len(tokenize(encode(text[min(a, b) : max(a, b)])))


def test_verbatim_and_disguised_copies_are_found_where_they_stand(novels: Filter, shared_data: Path) -> None:
    copies, wrong = 0, []
    for row in rows(shared_data / "regurg_synth" / "cases.jsonl.gz"):
        if row["kind"] != "verbatim" and not row["kind"].startswith("char_"):
            continue
        verdict = novels.check(row["text"])
        found = [*verdict.matches, *(aside.match for aside in verdict.set_aside)]
        for span in row["spans"]:
            if span["n_words"] < LEAST_WORDS:
                continue
            copies += 1
            here = [match for match in found if match.provenance.document == span["source"]
                    and match.query.start < span["end"] and match.query.end > span["start"]]
            best = max(here, key=lambda match: len(match.query), default=None)
            if best is None or max(distance(row["text"], best.query.start, span["start"]),
                                   distance(row["text"], best.query.end, span["end"])) > 2:
                wrong.append((row["id"], row["kind"], span["n_words"]))
    assert copies >= 600
    assert wrong == []


def test_verbatim_copies_are_blocked(novels: Filter, shared_data: Path) -> None:
    copies = [row for row in rows(shared_data / "regurg_synth" / "cases.jsonl.gz")
              if row["kind"] == "verbatim" and row["spans"][0]["n_words"] >= LEAST_WORDS]
    assert [row["id"] for row in copies if novels.check(row["text"]).action is not Action.BLOCK] == []


def innocent(name: str, data: Path) -> Iterator[str]:
    """Texts that copy no protected novel."""
    if name == "negatives":
        yield from (row["text"] for row in rows(data / "regurg_synth" / "cases.jsonl.gz") if row["kind"] == "negative")
    elif name == "licence notices":
        yield from (row["text"] for row in rows(data / "licence_notices" / "notices.jsonl.gz"))
    elif name == "speeches":
        yield from (row["text"][at : at + 3000] for row in rows(data / "us_speeches" / "speeches.jsonl.gz")
                    for at in range(0, len(row["text"]), 3000))
    else:
        yield from (row["text"][at : at + 1200] for row in rows(data / "novels_en" / "novels.jsonl.gz") if row["role"] == "host"
                    for at in range(0, len(row["text"]), 1200))


@pytest.mark.parametrize(("name", "least"), [("negatives", 880), ("licence notices", 780), ("speeches", 1000), ("host novels", 980)])
def test_innocent_texts_pass(novels: Filter, shared_data: Path, name: str, least: int) -> None:
    texts = list(innocent(name, shared_data))
    assert len(texts) >= least
    assert sum(novels.check(text).action is not Action.ALLOW for text in texts) == 0
