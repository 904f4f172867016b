"""Hostile indices: sections that pass every checksum but hold anything. An error of ours or an answer, never anything else."""

import re
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from simfilter import Document, Filter, Index, SimfilterError, build
from simfilter.errors import IndexDamagedError
from simfilter.index import manifest
from simfilter.index.container import Container, write_container
from tests.unit.report.test_reports import CODE, SECRET

ANSWER = f"Well:\n\n{SECRET}\n\n```python\n{CODE}```\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "index"
    build([Document(id="a", text=SECRET, source="s"), Document(id="b", text=CODE, source="s", language="python")], path)
    return path


def sections(index: Path) -> dict[str, bytes]:
    with Container.open(index / manifest.read(index)["segments"][0]) as container:
        return {name: bytes(container.section(name)) for name in container.sizes()}


def forged(index: Path, target: Path, changed: dict[str, bytes]) -> Path:
    with Container.open(index / manifest.read(index)["segments"][0]) as container:
        parameters = container.parameters
    target.mkdir()
    write_container(target / "segment-1-0.sfx", {**sections(index), **changed}, parameters=parameters)
    manifest.publish(target, segments=["segment-1-0.sfx"], parameters=parameters)
    return target


def judge(path: Path) -> None:
    for verify in (True, False):
        with suppress(SimfilterError):
            filter_ = Filter.open(path, verify=verify)
            verdict = filter_.check(ANSWER)
            for match in verdict.matches:
                filter_.source_text(match)
            filter_.index.info()
            list(filter_.index.documents)


def test_the_forgery_itself_works(index: Path, tmp_path: Path) -> None:
    verdict = Filter.open(forged(index, tmp_path / "same", {})).check(ANSWER)
    assert {match.provenance.document for match in verdict.matches} == {"a", "b"}


@pytest.mark.parametrize("seed", range(3))
def test_sections_of_random_bytes(index: Path, tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for number, (name, data) in enumerate(sections(index).items()):
        judge(forged(index, tmp_path / str(number), {name: rng.bytes(len(data))}))


@pytest.mark.parametrize("fill", [b"\0", b"\1", b"\x7f", b"\xff"])
def test_sections_of_one_byte(index: Path, tmp_path: Path, fill: bytes) -> None:
    for number, (name, data) in enumerate(sections(index).items()):
        judge(forged(index, tmp_path / str(number), {name: fill * len(data)}))


def test_sections_of_other_sizes(index: Path, tmp_path: Path) -> None:
    number = 0
    for name, data in sections(index).items():
        for other in (b"", data[:-8], data[: len(data) // 2], data + data, data + b"\0"):
            number += 1
            judge(forged(index, tmp_path / str(number), {name: other}))


def test_small_numbers_out_of_place(index: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    for number, (name, data) in enumerate(sections(index).items()):
        kind = np.uint64 if len(data) % 8 == 0 else np.uint32 if len(data) % 4 == 0 else np.uint8
        values = np.frombuffer(data, kind).copy()
        rng.shuffle(values)
        judge(forged(index, tmp_path / str(number), {name: values.tobytes()}))


PER_TOKEN = ["text.symbols", "text.suffixes", "text.gaps", "text.lengths", "code.symbols", "code.suffixes", "code.gaps", "code.lengths",
             "statement.starts", "statement.lengths", "statement.hashes", "statement.pairs", "statement.firsts", "statement.once",
             "name.once", "source.blocks"]


def test_opening_unverified_reads_nothing_that_grows_with_the_text(index: Path, tmp_path: Path) -> None:
    """Whatever stands there: what is wrong shows when it is asked for, or when it is verified."""
    noise = {name: np.random.default_rng(0).bytes(len(sections(index)[name])) for name in PER_TOKEN}
    path = forged(index, tmp_path / "noise", noise)
    assert len(Filter.open(path, verify=False).index) == 2
    with pytest.raises(IndexDamagedError, match="statements"):
        Filter.open(forged(index, tmp_path / "starts", {"statement.starts": noise["statement.starts"]}))
    with pytest.raises(IndexDamagedError, match="statements"):
        Filter.open(tmp_path / "starts", verify=False).check(ANSWER)


def test_columns_are_mapped_for_reading_here_and_there(index: Path) -> None:
    with Index.open(index) as opened:
        name = str(opened.segments.parts[0].path)
        maps = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", Path("/proc/self/smaps").read_text(), flags=re.MULTILINE)
        flags = [re.search(r"^VmFlags: (.*)$", each, re.MULTILINE) for each in maps if name in each.split("\n")[0]]
        assert any(found and "rr" in found[1].split() for found in flags)
