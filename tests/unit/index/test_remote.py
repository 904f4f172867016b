"""Shards that are held elsewhere, here by holders of this process: the answers of one machine, and of what is left when a shard is lost.
Ray's actors hold them in tests/integrations/test_ray.py."""

import json
import random
import shutil
import string
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simfilter import Document, Filter, Index, Policy, build
from simfilter.errors import IndexDamagedError, ShardLostError
from simfilter.index import add, manifest, remote, remove
from simfilter.index.remote import RemoteIndex, Shards
from simfilter.index.shard import ShardHolder
from simfilter.match.seed import seed

SHARDS = 3
SAYINGS = ["it came to pass in those days", "and they went down to the sea again", "in the name of the king and the queen"]


class Holders:
    """Holders of this process; ``dead`` ones answer nothing, ``slow`` ones not in time. ``asked`` is told of every question."""

    def __init__(self, path: Path) -> None:
        self.path, self.dead, self.slow = path, set[int](), set[int]()
        self.asked: Callable[[int, str], None] = lambda number, method: None
        self.questions = 0

    def start(self, number: int) -> remote.Caller:
        holder = ShardHolder(self.path, number)

        def ask(method: str, *arguments: Any) -> remote.Waiting:
            self.questions += 1
            self.asked(number, method)
            dead, slow = number in self.dead, number in self.slow

            def answer(timeout: float) -> Any:
                if slow:
                    raise TimeoutError
                if dead:
                    raise ConnectionError("POEM")
                return getattr(holder, method)(*arguments)

            return answer

        return ask

    def index(self) -> RemoteIndex:
        stated = manifest.read(self.path)
        return RemoteIndex(self.path, stated, Shards(self.start, stated), self.index)


def documents() -> list[Document]:
    """Modules of the standard library, and prose whose sayings stand in many places, some of it in near-equal versions."""
    rng = random.Random(1)
    words = ["".join(rng.choices("aeiou" + string.ascii_lowercase, k=rng.randint(2, 8))) for _ in range(500)]
    modules = [json.__file__.replace("json/__init__", name) for name in
               ("textwrap", "shlex", "bisect", "heapq", "fnmatch", "glob", "sched", "stat", "colorsys", "copy", "queue", "json/decoder")]
    made = [Document(id=f"{Path(name).name}{edition}", text=Path(name).read_text("utf-8") + f"edition = {edition!r}\n", source=name,
                     language="python") for edition in ("", " 2", " 3") for name in modules[:: 3 if edition else 1]]
    for number in range(60):
        body = " ".join(" ".join(rng.choices(words, k=12)) + " " + rng.choice(SAYINGS) + "." for _ in range(6))
        made.append(Document(id=f"tale {number}", text=body, source=f"Tale {number}", licence="CC0-1.0"))
        if number % 9 == 0:
            made.append(Document(id=f"tale {number} again", text=body.replace(".", ","), source=f"Tale {number}, second edition"))
    return made


def cut(path: Path) -> Path:
    """An index of several segments a shard, some documents removed."""
    every = documents()
    build([document for number, document in enumerate(every) if number % 4], path, shards=SHARDS)
    add([document for number, document in enumerate(every) if number % 4 == 0], path)
    remove(path, ids=["glob.py", *[document.id for document in every if document.language is None][::7]])
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cut(tmp_path_factory.mktemp("remote") / "index")


def queries() -> list[tuple[str, str | None]]:
    """Copies verbatim, edited and renamed, of prose and of code, removed ones too; sayings; what is nobody's."""
    rng = random.Random(2)
    found: list[tuple[str, str | None]] = [(". ".join(SAYINGS * 3), None), ("An innocent line.", None), ("", None), ("x = 1\n", "python")]
    for document in documents()[::3]:
        lines = document.text.split("\n")
        at = rng.randrange(max(1, len(lines) - 40))
        piece = "\n".join(lines[at : at + 40])
        found.append((piece, document.language))
        words = piece.split(" ")
        found.append((" ".join(word for word in words if rng.random() > 0.08), None))
        if document.language:
            for name in ("self", "text", "name", "line", "result", "item", "value"):
                piece = piece.replace(name, name[::-1] + "s")
            found.append((piece, document.language))
    return found


def test_verdicts_are_those_of_one_machine(path: Path) -> None:
    here, there = Filter.open(path), Filter(Holders(path).index())
    assert len(there.index) == len(here.index) and there.index.info().items() >= here.index.info().items()
    kinds = set()
    for text, language in queries():
        mine, theirs = here.check(text, language=language), there.check(text, language=language)
        assert mine == theirs
        kinds |= {match.kind for match in mine.matches}
        for match in mine.matches:
            assert here.source_text(match) == there.source_text(match) != ""
    assert len(kinds) == 3
    assert [origin.document for origin in there.index.documents] == [origin.document for origin in here.index.documents]


def test_seeds_are_those_of_one_machine(path: Path) -> None:
    """Also where a run stands in more places than are looked at, some of them in removed documents."""
    here, there = Index.open(path).segments, Holders(path).index().segments
    rng = np.random.default_rng(3)
    capped = 0
    for name in ("text", "code"):
        structure = here.structures[name]
        for most in (1, 2, 5, 16):
            for _ in range(12):
                pieces = [structure.parts[part].symbols[at : at + rng.integers(3, 60)] for part in range(len(structure.parts))
                          if len(structure.parts[part].symbols) > 99
                          for at in rng.integers(0, len(structure.parts[part].symbols) - 60, 2)]
                query = np.concatenate(pieces)
                mine, theirs = seed(structure, query, most), seed(there.structures[name], query, most)
                for column in ("query", "source", "length"):
                    assert getattr(mine, column).tolist() == getattr(theirs, column).tolist()
                assert mine is not None
                capped += len(seed(structure, query, 1000).length) > len(mine.length)  # type: ignore[union-attr]
    assert capped > 20


def test_statements_are_those_of_one_machine(path: Path) -> None:
    """Also where more of them have a form than are looked at."""
    here, there = Index.open(path).segments, Holders(path).index().segments
    hashes = np.unique(np.concatenate([np.concatenate([part.hashes, part._pairs]) for part in here.statements.parts]))
    for of in ("counts", "pairs"):
        assert getattr(here.statements, of)(hashes).tolist() == getattr(there.statements, of)(hashes).tolist()
    assert here.names(hashes).tolist() == there.names(hashes).tolist()
    cut_off = 0
    for most in (1, 3, 200):
        mine, theirs = ([column.tolist() for column in segments.statements.holding(hashes, np.full(len(hashes), most))]
                        for segments in (here, there))
        assert mine == theirs
        cut_off += len(mine[0]) < int(here.statements.pairs(hashes).sum())
    assert cut_off > 1 and len(here.statements) == len(there.statements) and here.stretches == there.stretches


def test_a_stream_gives_out_the_same(path: Path) -> None:
    here, there = Filter.open(path), Filter(Holders(path).index())
    for text, _ in queries()[:20]:
        pieces = [text[at : at + 40] for at in range(0, len(text), 40)]
        mine, theirs = here.stream(pieces), there.stream(pieces)
        assert list(mine) == list(theirs) and mine.verdict == theirs.verdict


@pytest.mark.parametrize("lost", range(SHARDS))
def test_a_lost_shard_is_told_and_the_others_are_compared(tmp_path: Path, path: Path, lost: int) -> None:
    """The verdict is that of an index of which the shard's files are gone."""
    shutil.copytree(path, tmp_path / "left")
    for name, file in manifest.read(path)["files"].items():
        if file["shard"] == lost:
            (tmp_path / "left" / name).unlink()
    holders = Holders(path)
    here, there = Filter.open(tmp_path / "left"), Filter(holders.index())
    assert there.check("An innocent line.").clean
    holders.dead.add(lost)
    found = 0
    for text, language in queries():
        mine, theirs = here.check(text, language=language), there.check(text, language=language)
        assert theirs.notes == (f"shard {lost} of {SHARDS} is lost: ConnectionError",) and not theirs.scanned and not theirs.clean
        assert replace(mine, notes=()) == replace(theirs, notes=())
        found += len(mine.matches)
    assert found and len(there.index) == len(here.index)
    assert "".join(there.stream(["An innocent ", "line."])) == there.policy.fallback
    open_ = Filter(there.index, Policy.parse({"fail_open": True}))
    verdict = open_.check("An innocent line.")
    assert verdict.action.name == "ALLOW" and not verdict.clean and verdict.notes
    there.index.close()


def test_a_shard_lost_in_the_middle_of_a_check(path: Path) -> None:
    """At whichever question it is lost: the check ends as one that began without it."""
    text = next(text for text, language in queries()[6:] if language)
    whole = Filter(Holders(path).index())
    match = whole.check(text, language="python").matches[0]
    home = next(number for number in range(SHARDS) if match.provenance in Index.open(path, shard=number).documents)
    whole.index.shards._callers[home] = lambda *_: lambda timeout: (_ for _ in ()).throw(ConnectionError)
    without = whole.check(text, language="python")
    assert match.provenance not in [each.provenance for each in without.matches] and not without.scanned
    holders, questions = Holders(path), list[int]()
    intact = Filter(holders.index())
    holders.asked = lambda number, method: questions.append(number)
    assert intact.check(text, language="python").matches[0] == match
    assert questions.count(home) > 20
    for dies in range(0, questions.count(home), 3):
        index, seen = holders.index(), count()

        def asked(number: int, method: str, seen: Iterator[int] = seen, dies: int = dies) -> None:
            if number == home and next(seen) >= dies:
                holders.dead.add(home)

        holders.asked = asked
        assert Filter(index).check(text, language="python") == without
        holders.dead.clear()
        holders.asked = lambda number, method: None
        index.close()
    whole.index.close()


def test_a_slow_shard_comes_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "RETRY", 0.02)
    holders = Holders(path)
    filter = Filter(holders.index())
    holders.slow.add(1)
    assert filter.check("An innocent line of words.").notes == (f"shard 1 of {SHARDS} is lost: no answer in 5 s",)
    asked = holders.questions
    assert not filter.check("An innocent line of words.").scanned
    holders.slow.clear()
    deadline = time.monotonic() + 10
    while filter.index.lost and time.monotonic() < deadline:
        time.sleep(0.01)
    assert filter.check("An innocent line of words.").clean and holders.questions > asked


def test_what_cannot_be_opened(tmp_path: Path, path: Path) -> None:
    """As on one machine it is told, and when nothing is left it is an error; a text of a lost shard cannot be shown."""
    shutil.copytree(path, tmp_path / "index")
    segments = sorted((tmp_path / "index").glob("segment-*"))
    shards = {name: file["shard"] for name, file in manifest.read(path)["files"].items()}
    segments[0].write_bytes(b"")
    filter = Filter(Holders(tmp_path / "index").index())
    gone = shards[segments[0].name]
    assert len(filter.index.lost) == 1 and filter.index.lost[0].startswith(f"shard {gone} of {SHARDS} is lost: ")
    assert filter.check("An innocent line.").notes == filter.index.lost
    name = next(origin.document for number in range(SHARDS) if number != gone for origin in Index.open(path, shard=number).documents)
    assert filter.index.segments.text(filter.index.segments.document(name))
    lost = next(origin.document for origin in Index.open(path, shard=gone).documents)
    with pytest.raises(KeyError):
        filter.index.segments.document(lost)
    holders = Holders(path)
    there = holders.index()
    holders.dead.add(gone)
    with pytest.raises(ShardLostError, match=f"shard {gone} of {SHARDS} is lost"):
        there.segments.document(lost)
    there.close()
    for segment in segments:
        segment.write_bytes(b"")
    with pytest.raises(IndexDamagedError, match="no shard is left"):
        Holders(tmp_path / "index").index()


def test_a_reload_sees_changes_and_a_changed_index_is_not_mixed_in(tmp_path: Path, path: Path) -> None:
    shutil.copytree(path, tmp_path / "index")
    holders = Holders(tmp_path / "index")
    old = Filter(holders.index())
    assert old.reload() is old
    add([Document(id="late", text="Zanzibar umbrellas " + " ".join(string.ascii_lowercase), source="Late")], tmp_path / "index")
    new = old.reload()
    assert len(new.index) == len(old.index) + 1 and new.index.generation == old.index.generation + 1
    with pytest.raises(IndexDamagedError, match="generation"):
        ShardHolder(tmp_path / "index", 0).contents(old.index.manifest)


def test_threads_may_ask_at_once(path: Path) -> None:
    filter, asked = Filter(Holders(path).index()), queries()[:12]
    expected = [filter.check(text, language=language) for text, language in asked]
    found: list[list[Any]] = []
    threads = [threading.Thread(target=lambda: found.append([filter.check(text, language=language) for text, language in asked]))
               for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 3
