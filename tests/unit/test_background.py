"""Background: counts as they are, common words made cheap, damage told; through the library and the command line."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import lists, text

from simfilter import Document, Filter, Policy, build
from simfilter import background as backgrounds
from simfilter.background import LEAST_TOKENS, Background
from simfilter.errors import IndexDamagedError, IndexFormatError, IndexNotFoundError, ParameterError
from simfilter.index.container import write_container
from simfilter.views.text import tokenize
from simfilter.views.tokens import PUBLIC_KEY
from tests.unit.report.test_reports import CODE, SECRET
from tests.unit.test_cli import run


def counted(path: Path, *texts: str, language: str | None = None) -> Background:
    backgrounds.build((Document(id=str(at), text=text, source="s", language=language) for at, text in enumerate(texts)), path)
    return Background.open(path)


@given(texts=lists(text("ab c\n", max_size=40), min_size=1, max_size=6))
@settings(deadline=None, max_examples=30)
def test_shares_are_those_of_a_plain_count(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    background = counted(tmp_path_factory.mktemp("background") / "b", *texts)
    words = Counter(symbol for text in texts for symbol in tokenize(text.encode(), key=PUBLIC_KEY).symbols.tolist())
    asked = np.array([*words, 12345], np.uint32)
    assert background.shares("text", asked).tolist() == [count / max(LEAST_TOKENS, words.total()) for count in (*words.values(), 0)]
    assert background.info()["documents"] == len(texts)
    assert background.info()["tokens"]["text"] == words.total() and background.info()["distinct"]["text"] == len(words)


def test_counting_in_pieces_is_counting_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [SECRET, "the keeper of " * 30, CODE, SECRET]
    counted(tmp_path / "whole", *texts)
    monkeypatch.setattr(backgrounds, "_PENDING", 7)
    counted(tmp_path / "pieces", *texts)
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "pieces").read_bytes()


def test_words_common_in_public_weigh_little(tmp_path: Path) -> None:
    build([Document(id="ledger", text=SECRET, source="Harbour")], tmp_path / "index")
    common = counted(tmp_path / "common", *[SECRET] * 40)
    other = counted(tmp_path / "other", "nothing of the sort " * 2000)
    policy = Policy.parse({"boilerplate": False})

    def bits(background: Background | None) -> float:
        verdict = Filter.open(tmp_path / "index", policy=policy, background=background).check(SECRET)
        return [*verdict.matches, *(aside.match for aside in verdict.set_aside)][0].bits

    assert bits(common) < 0.7 * bits(None)
    assert bits(common) < bits(other) <= bits(None)
    assert Filter.open(tmp_path / "index", background=str(tmp_path / "common")).background is not None


def test_code_is_counted_as_renamed_tokens(tmp_path: Path) -> None:
    build([Document(id="tide.py", text=CODE, source="s", language="python")], tmp_path / "index")
    background = counted(tmp_path / "background", *[CODE] * 20, language="python")
    info = background.info()
    assert info["tokens"]["code"] > info["distinct"]["code"] > 0
    assert info["tokens"]["statement"] >= 20 * info["distinct"]["statement"] > 0
    answer = CODE.replace("total", "amount").replace("tide", "flow")
    plain, weighed = (Filter.open(tmp_path / "index", background=given).check(answer, language="python") for given in (None, background))
    assert plain.matches[0].bits > max(match.bits for match in (*weighed.matches, *(aside.match for aside in weighed.set_aside)))


def test_what_is_no_background_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="nothing to count"):
        backgrounds.build([], tmp_path / "b")
    with pytest.raises(IndexNotFoundError):
        Background.open(tmp_path / "b")
    build([Document(id="a", text=SECRET, source="s")], tmp_path / "index")
    with pytest.raises(IndexFormatError, match="not a simfilter"):
        Background.open(next((tmp_path / "index").glob("*.sfx")))
    counted(tmp_path / "b", SECRET)
    whole = (tmp_path / "b").read_bytes()
    for damaged in (whole[:-9], whole[:-4] + b"\1\1\1\1", whole + b"x"):
        (tmp_path / "d").write_bytes(damaged)
        with pytest.raises(IndexDamagedError):
            Background.open(tmp_path / "d")


@pytest.mark.parametrize(("symbols", "counts"), [([2, 1], [1, 1]), ([1, 1], [1, 1]), ([1], [1, 1]), ([1], [0]), ([1], [1 << 60])])
def test_columns_that_do_not_fit_are_damage(tmp_path: Path, symbols: list[int], counts: list[int]) -> None:
    nothing = {f"{name}.{column}": b"" for name in ("code", "statement", "name") for column in ("symbols", "counts")}
    totals = {f"{name}.total": np.array([2], np.uint64) for name in backgrounds.COUNTED}
    sections = {"documents": np.array([1], np.uint64), **nothing, **totals,
                "text.symbols": np.array(symbols, np.uint32), "text.counts": np.array(counts, np.uint64)}
    write_container(tmp_path / "b", sections, parameters=backgrounds.AGREED, magic=backgrounds.MAGIC, version=backgrounds.VERSION)
    with pytest.raises(IndexDamagedError, match="text"):
        Background.open(tmp_path / "b")
    write_container(tmp_path / "b", sections, parameters={}, magic=backgrounds.MAGIC, version=backgrounds.VERSION)
    with pytest.raises(IndexFormatError, match="parameters"):
        Background.open(tmp_path / "b")


def test_command_line(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    for name in range(40):
        (tmp_path / "public" / f"{name}.txt").write_text(SECRET)
    (tmp_path / "public" / "blob").write_bytes(b"\0\1")
    (tmp_path / "ledger.txt").write_text(SECRET)
    done = run("background", "build", "public", "-o", "public.background", cwd=tmp_path)
    assert done.returncode == 0 and "40 documents" in done.stdout and "not counted: public/blob: binary file" in done.stderr
    done = run("background", "info", "public.background", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["documents"] == 40
    assert run("index", "build", "ledger.txt", "-o", "index", "-q", cwd=tmp_path).returncode == 0

    def bits(*more: str) -> float:
        report = json.loads(run("scan", "ledger.txt", "-i", "index", "-f", "json", *more, cwd=tmp_path).stdout)
        file = report["files"][0]
        return [*file["matches"], *file["set_aside"]][0]["bits"]

    assert bits("--background", "public.background") < bits()
    done = run("scan", "ledger.txt", "-i", "index", "--background", "ledger.txt", cwd=tmp_path)
    assert done.returncode == 2 and "ledger.txt is not a simfilter" in done.stderr
    done = run("background", "build", "none", "-o", "b", cwd=tmp_path)
    assert done.returncode == 2 and "none" in done.stderr
