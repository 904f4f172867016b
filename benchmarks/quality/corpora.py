"""Corpora: what is indexed, what must pass, and what is copied from what is indexed.

Prose: ten novels of novels_en; the copies of regurg_synth and copies made here. Bible: passages of the King James version, their
counterparts in later versions. Pairs: copied_from. Code: functions of installable packages, one corpus a language. All but the last need
the evaluation data (`benchmarks.corpora.DATA`); every random choice has a fixed seed.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from benchmarks.corpora import DATA, ROOT, novels, rows
from benchmarks.quality.functions import Function, drawn, projects
from simfilter import Document, Span
from simfilter.errors import ParameterError
from simfilter.evasion import PROSE, code, partial

CACHE = ROOT / "build" / "bench-data"
LANGUAGES = ("python", "javascript", "java", "c", "go", "rust")
LENGTHS = (100, 25, 50, 200)
"""Words of the copies of prose; the first is the one of the main table."""
HOST = 100
"""Words of another novel before and after a copy."""
WINDOW = 200
"""Words of an innocent piece of prose."""
LEAST_WORDS = 20
"""Copies of regurg_synth shorter than this stand in a row of their own."""


@dataclass(frozen=True, slots=True)
class Text:
    """What is judged: ``answer`` as a model would give it; ``body`` is the same without the fence, ``language`` that of code."""

    answer: str
    body: str
    language: str | None = None

    @classmethod
    def of_code(cls, body: str, language: str) -> Text:
        """``body`` in a fence of its language."""
        return cls(f"```{language}\n{body}\n```\n", body, language)


@dataclass(frozen=True, slots=True)
class Copy:
    """A text with something copied in it: ``planted`` holds (characters of the body, document) of each piece, spans None where unknown."""

    text: Text
    planted: tuple[tuple[Span | None, str], ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """``innocent`` texts by group; ``copies`` by section and row of the tables. ``about`` says in a line what was indexed."""

    name: str
    kind: Literal["prose", "code"]
    about: str
    documents: list[Document]
    innocent: dict[str, list[Text]]
    copies: dict[str, dict[str, list[Copy]]]
    language: str | None = None
    projects: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Size:
    """How many copies a row, innocent texts a corpus or group, and protected functions a language there are at most."""

    copies: int
    innocent: int
    protected: int


QUICK, FULL = Size(25, 500, 1000), Size(100, 5000, 10_000)


def prose(size: Size) -> Corpus:
    """Copies of novels, made here and of regurg_synth."""
    if not DATA.is_dir():
        raise SystemExit(f"no evaluation data at {DATA}; SIMFILTER_DATA names another place")
    protected, hosts = novels("protected"), [document.text.split() for document in novels("host")]
    sources = [(document.id, document.text.split()) for document in protected]
    cases = rows("regurg_synth/cases.jsonl.gz")
    copies = {f"copies of {length} words": {evasion.name: [
        _planted(evasion.apply, random.Random(f"{evasion.name} {length} {number}"), sources, hosts, length)
        for number in range(size.copies)] for evasion in PROSE.values()} for length in LENGTHS}
    copies["copies of 100 words"]["two sources, sentence by sentence"] = [
        _interleaved(random.Random(number), protected) for number in range(size.copies)]
    copies["regurg_synth"] = _regurg(cases, size)
    innocent = {
        "windows of other novels": [" ".join(words[at : at + WINDOW]) for words in hosts
                                    for at in range(0, len(words) - WINDOW, WINDOW // 2)],
        "windows of speeches": [" ".join(words[at : at + WINDOW]) for row in rows("us_speeches/speeches.jsonl.gz")
                                for words in [row["text"].split()] for at in range(0, len(words), WINDOW)],
        "licence notices": [row["text"] for row in rows("licence_notices/notices.jsonl.gz")],
        "innocent texts of regurg_synth": [row["text"] for row in cases if row["kind"] == "negative"],
    }
    return Corpus("prose", "prose", f"{len(protected)} novels of novels_en", protected,
                  {name: [Text(text, text) for text in _some(texts, size.innocent)] for name, texts in innocent.items()}, copies)


def bible(size: Size) -> Corpus:
    """Half of the passages of the King James version; copies are their counterparts, innocent the other half without parallel passages."""
    found = rows("bible_versions/pairs.jsonl.gz")
    names = sorted({row["source"] for row in found})
    half = set(random.Random(0).sample(names, len(names) // 2))
    passages = {row["source"]: row["source_text"] for row in found}
    parallel = {name for pair in _parallels() if len({pair["a"] in half, pair["b"] in half}) == 2 for name in (pair["a"], pair["b"])}
    table: dict[str, list[Copy]] = {"JPS 1917": [], **{f"WEB, {name} of its words in common runs of 5": [] for name in BINS}}
    for row in found:
        if row["source"] in half:
            name = "JPS 1917" if row["version"].startswith("JPS") else f"WEB, {_bin(row['cov5'])} of its words in common runs of 5"
            table[name].append(Copy(Text(row["text"], row["text"]), ((Span(0, len(row["text"])), row["source"]),)))
    innocent = {
        "other passages, King James": [text for name, text in passages.items() if name not in half | parallel],
        "other passages, JPS 1917 and WEB": [row["text"] for row in found if row["source"] not in half | parallel],
    }
    return Corpus("bible", "prose", f"{len(half)} of {len(names)} passages of the King James version",
                  [Document(id=name, text=passages[name], source=name) for name in sorted(half)],
                  {name: [Text(text, text) for text in texts] for name, texts in innocent.items()},
                  {"other versions of the same passage": {name: copies[: 5 * size.copies] for name, copies in table.items() if copies}})


BINS = {"less than .2": 0.2, ".2 to .35": 0.35, ".35 to .5": 0.5, ".5 to .65": 0.65, ".65 or more": 1.01}


def _bin(share: float) -> str:
    return next(name for name, limit in BINS.items() if share < limit)


def pairs(size: Size) -> Corpus:
    """Python functions and classes their authors marked as copied; innocent are functions of packages that are not transformers."""
    found = rows("copied_from/pairs.jsonl.gz")
    sources = {row["source_code"]: f"{row['source']} {number}" for number, row in enumerate(found)}
    table: dict[str, list[Copy]] = {"exact": [], "renamed or edited": []}
    for row in found:
        copy = Copy(Text.of_code(row["copy_code"], "python"), ((None, sources[row["source_code"]]),))
        table["exact" if row["exact"] else "renamed or edited"].append(copy)
    _, innocent = projects("python", CACHE)
    return Corpus("pairs", "code", f"{len(sources)} functions and classes of transformers, of copied_from",
                  [Document(id=name, text=text, source="transformers", language="python") for text, name in sources.items()],
                  {"functions of other packages": [Text.of_code(one.text, "python") for one in drawn(innocent, size.innocent, 1)]},
                  {"copies their authors declared": {name: copies[: 5 * size.copies] for name, copies in table.items()}}, "python",
                  {"innocent": sorted({one.project for one in innocent})})


def functions_of(language: str, size: Size) -> Corpus:
    """Evasions of functions of 20 to 60 lines; innocent are functions of other projects."""
    protected, innocent = projects(language, CACHE)
    every = drawn(protected, size.protected, 0)
    judged, others = drawn(innocent, size.innocent, 1), drawn(innocent, 2 * size.copies, 2)
    names = [f"{number} {one.project} {one.path}" for number, one in enumerate(every)]
    copied = random.Random(3).sample(range(len(every)), min(size.copies, len(every)))
    table = {evasion.name: [Copy(Text.of_code(evasion.apply(every[at].text, random.Random(f"{evasion.name} {at}")), language),
                                 ((None, names[at]),)) for at in copied] for evasion in code(language).values()}
    table["partial: a third, renamed, in other code"] = list(_partial(every, names, copied, others, language))
    return Corpus(language, "code", f"{len(every)} of {len(protected)} functions",
                  [Document(id=name, text=one.text, source=one.project, language=language) for name, one in zip(names, every, strict=True)],
                  {"functions of other projects": [Text.of_code(one.text, language) for one in judged]},
                  {"copies of functions of 20 to 60 lines": table}, language,
                  {"protected": _sides(protected), "innocent": _sides(innocent)})


def _sides(found: list[Function]) -> list[str]:
    """Project or, where the sides are parts of one, its top-level folder, with its number of functions."""
    counts: dict[str, int] = {}
    for one in found:
        name = one.project if one.project not in ("openjdk-17-source", "linux-source-6.1") else one.path.split("/")[0]
        counts[name] = counts.get(name, 0) + 1
    return [f"{name} {count}" for name, count in sorted(counts.items(), key=lambda item: -item[1])]


def _partial(every: list[Function], names: list[str], copied: list[int], hosts: list[Function], language: str) -> Iterator[Copy]:
    for at, host in zip(copied, hosts, strict=False):
        try:
            text = partial(every[at].text, random.Random(f"partial {at}"), language, host.text)
        except ParameterError:  # no statement to take, or none to put it behind
            continue
        yield Copy(Text.of_code(text, language), ((None, names[at]),))


def _planted(change: Callable[[str, random.Random], str], rng: random.Random, sources: list[tuple[str, list[str]]],
             hosts: list[list[str]], length: int) -> Copy:
    (name, words), host = rng.choice(sources), rng.choice(hosts)
    at, here = rng.randrange(len(words) - length), rng.randrange(len(host) - 2 * HOST)
    before, copy = " ".join(host[here : here + HOST]) + "\n\n", change(" ".join(words[at : at + length]), rng)
    text = before + copy + "\n\n" + " ".join(host[here + HOST : here + 2 * HOST])
    return Copy(Text(text, text), ((Span(len(before), len(before) + len(copy)), name),))


def _interleaved(rng: random.Random, protected: list[Document]) -> Copy:
    chosen = rng.sample(protected, 2)
    passages = []
    for document in chosen:
        sentences = re.split(r"(?<=[.!?])\s+", document.text)
        at = rng.randrange(len(sentences) - 12)
        passages.append(sentences[at : at + 12])
    text = " ".join(sentence for both in zip(*passages, strict=True) for sentence in both)
    return Copy(Text(text, text), tuple((None, document.id) for document in chosen))


def _regurg(cases: list[dict[str, Any]], size: Size) -> dict[str, list[Copy]]:
    table: dict[str, list[Copy]] = {}
    for row in sorted(cases, key=lambda row: (row["kind"], row.get("edit_rate") or 0)):
        if row["kind"] == "negative":
            continue
        name = row["kind"].replace("char_", "characters: ").replace("_", " ")
        if row["kind"] == "edited":
            name = f"edited, {row['edit_rate']:.0%}"
        if row["kind"] != "scattered" and row["spans"][0]["n_words"] < LEAST_WORDS:
            name = f"any kind, shorter than {LEAST_WORDS} words"
        planted = tuple((Span(span["start"], span["end"]), span["source"]) for span in row["spans"])
        table.setdefault(name, []).append(Copy(Text(row["text"], row["text"]), planted))
    return {name: list(islice(copies, 5 * size.copies)) for name, copies in table.items()}


def _parallels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / "bible_versions" / "parallel_passages.json").read_text("utf-8"))
    return found


def _some(texts: list[str], count: int) -> list[str]:
    return random.Random(4).sample(texts, count) if len(texts) > count else texts
