"""Calibrate: thresholds meet the wished rate and are the same by seed; rates with intervals; bad input is told; the command line."""

import json
import math
import random
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis.strategies import booleans, builds, floats, integers, lists, sampled_from

from simfilter import Document, Filter, Policy, Threshold, build
from simfilter.calibrate import Calibration, Rate, calibrate
from simfilter.calibrate.sample import copies, innocents, protected
from simfilter.calibrate.threshold import choose, fires
from simfilter.calibrate.trial import Sighting, passes, sightings
from simfilter.errors import ParameterError
from simfilter.evasion import PROSE, code
from simfilter.evasion.names import WORDS
from simfilter.policy import SIDES
from simfilter.report import calibration as report
from simfilter.types import Kind
from tests.quality.data import STDLIB
from tests.unit.test_cli import run

MODULES = ("bisect.py", "heapq.py", "shlex.py", "fnmatch.py", "textwrap.py", "colorsys.py", "sched.py", "glob.py")
SMALL = {"count": 6, "lengths": (25, 60), "lines": ((6, 30),), "innocent": 40, "false_positives": 0.05}


def prose(seed: int, words: int = 900) -> str:
    """Words in an order that no other seed has."""
    rng = random.Random(seed)
    return " ".join("".join(rng.sample("aeiou", 2)) + rng.choice(WORDS) for _ in range(words))


def documents() -> list[Document]:
    return [*(Document(id=f"{seed}.txt", text=prose(seed), source=f"writer {seed}") for seed in range(6)),
            *(Document(id=name, text=(STDLIB / name).read_text("utf-8"), source="CPython", language="python") for name in MODULES)]


def negatives() -> list[Document]:
    return [*(Document(id=f"n{seed}", text=prose(seed), source="n") for seed in range(50, 56)),
            *(Document(id=name, text=(STDLIB / name).read_text("utf-8"), source="n", language="python")
              for name in ("csv.py", "calendar.py", "stat.py", "string.py", "rlcompleter.py"))]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calibrate") / "index"
    build(documents(), path)
    return path


@pytest.fixture(scope="module")
def given_negatives(index: Path) -> Calibration:
    return calibrate(index, negatives=negatives(), **SMALL)


@pytest.mark.parametrize("own", [False, True])
def test_the_same_seed_gives_the_same_policy(index: Path, given_negatives: Calibration, own: bool) -> None:
    first, again, other = (calibrate(index, negatives=None if own else negatives(), seed=seed, **SMALL) for seed in (0, 0, 1))
    assert first.to_toml() == again.to_toml() and first.as_dict() == again.as_dict()
    assert first.to_toml() != other.to_toml()
    assert own or first.to_toml() == given_negatives.to_toml()


def test_the_policy_is_read_back(given_negatives: Calibration, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(given_negatives.to_toml(), "utf-8")
    policy = Policy.load(tmp_path / "policy.toml")
    assert policy.text == given_negatives.policy.text and policy.code == given_negatives.policy.code
    assert "false positives: 0" in given_negatives.to_toml()


def test_every_evasion_and_length_is_measured(given_negatives: Calibration) -> None:
    cells = {(row.view, row.evasion, row.length) for row in given_negatives.recall}
    assert {("text", name, f"{words} words") for name in PROSE for words in SMALL["lengths"]} <= cells
    assert {("code", name, "6-30 lines") for name in (*code("python"), "partial")} <= cells
    assert all(row.chosen.trials == 3 for row in given_negatives.recall if row.evasion != "partial")
    assert {row.view for row in given_negatives.innocence} == {"text", "code"}
    assert next(row for row in given_negatives.recall if row.evasion == "verbatim" and row.length == "60 words").chosen.value == 1.0
    assert next(row for row in given_negatives.recall if row.evasion == "verbatim" and row.length == "60 words").error == (0.0, 0.0)


def test_too_few_negatives_are_told_and_lower_nothing(given_negatives: Calibration) -> None:
    assert any("too few to show a rate of 0.05" in note and "which takes 60" in note for note in given_negatives.notes)
    default = Policy.default()
    for chosen, usual in ((given_negatives.policy.text, default.text), (given_negatives.policy.code, default.code)):
        for kind, threshold in chosen.items():
            assert threshold.bits >= usual[kind].bits and threshold.tokens >= usual[kind].tokens


def test_leaving_one_out_says_so(index: Path) -> None:
    notes = calibrate(index, **SMALL).notes
    assert any("no negatives were given" in note for note in notes)


def test_negatives_that_are_copies_are_named_and_left_out_unless_trusted(index: Path, given_negatives: Calibration) -> None:
    mixed = [*negatives(), documents()[0]]
    careful, trusting = (calibrate(index, negatives=mixed, trusted=trusted, **SMALL) for trusted in (False, True))
    assert any("share 25 words" in note and "(0.txt): they were taken for copies" in note for note in careful.notes)
    assert any("(0.txt): they were counted as you wished" in note for note in trusting.notes)
    assert not any("share 25 words" in note for note in given_negatives.notes)
    left, kept = (next(row for row in made.innocence if row.view == "text").chosen.trials for made in (careful, trusting))
    assert left <= kept


def test_a_piece_is_not_held_against_its_own_document(index: Path) -> None:
    filter_ = Filter.open(index)
    own = protected(filter_.index.segments, 0)
    for piece in innocents(own, "text", seed=0, most=10):
        assert len(piece.without) == 1
        assert sightings(filter_, piece) == ()
    assert {text.half for text in own if text.view == "text"} == {0, 1}


def test_what_passes_in_a_trial_counts_in_a_check(index: Path) -> None:
    filter_ = Filter.open(index)
    own = protected(filter_.index.segments, 0)
    eased = 0
    for copy in copies(own, own, count=4, lengths=(30,), lines=((6, 30),), seed=0):
        items = [item for item in filter_.evidence(filter_.read(copy.text), without=copy.without) if item.match.query.overlap(copy.planted)]
        for item, seen in zip(items, sightings(filter_, copy), strict=True):
            usual = filter_.policy.threshold(item.match)
            assert usual is not None
            for least in (0.9 * seen.bits, 1.1 * seen.bits):
                asked = replace(usual, tokens=1, identity=0.0, **{side: least for side in SIDES if getattr(usual, side) < math.inf})
                share = filter_.policy.share(item.match.documents)
                assert passes(seen, asked) == (asked.shortfall(item.match, item.tokens, share * item.bits) is None) == (least < seen.bits)
                eased += asked.ease(item.match) < 1
    assert eased


def test_copies_stand_where_they_are_said_to_stand(index: Path) -> None:
    filter_ = Filter.open(index)
    own = protected(filter_.index.segments, 0)
    made = list(copies(own, own, count=4, lengths=(30,), lines=((6, 30),), seed=0))
    assert {copy.view for copy in made} == {"text", "code"}
    for copy in made:
        if copy.evasion == "verbatim":
            source = next(text for text in own if text.family == copy.family)
            assert copy.planted.of(copy.text).splitlines()[-1].strip() in source.read()
            assert max(seen.tokens for seen in sightings(filter_, copy)) >= 24
            assert all(max(seen.errors) <= 1 for seen in sightings(filter_, copy) if seen.tokens >= 30 and copy.view == "text")
    halves = {(copy.view, copy.family): set() for copy in made}
    for copy in made:
        halves[copy.view, copy.family].add(copy.half)
    assert all(len(found) == 1 for (view, _), found in halves.items() if view == "text")


SIGHTINGS = builds(Sighting, view=sampled_from(["code"]), kind=sampled_from([Kind.VERBATIM, Kind.RENAMED, Kind.EDITED]),
                   tokens=integers(12, 200), bits=floats(10, 900), identity=floats(0.3, 1), side=sampled_from(SIDES), run=integers(0, 10))


PIECES = lists(lists(SIGHTINGS, max_size=3).map(tuple), max_size=30)


@given(innocent=PIECES, made=PIECES, budget=integers(0, 5), raise_only=booleans())
@settings(deadline=None, max_examples=60)
def test_no_choice_spends_more_than_its_budget(innocent: list, made: list, budget: int, raise_only: bool) -> None:
    defaults = dict(Policy.default().code)
    chosen = choose(made, [1.0] * len(made), innocent, defaults, budget, raise_only=raise_only)
    assert sum(fires(seen, chosen) for seen in innocent) <= budget
    if raise_only:
        assert all(chosen[kind].bits >= usual.bits and chosen[kind].tokens >= usual.tokens for kind, usual in defaults.items())


def test_a_threshold_lies_between_innocents_and_copies() -> None:
    def seen(bits: float) -> tuple[Sighting, ...]:
        return (Sighting("text", Kind.VERBATIM, 40, bits, 1.0, "bits", 40),)

    defaults = {Kind.VERBATIM: Threshold(tokens=20, bits=500.0)}
    chosen = choose([seen(bits) for bits in (400, 410, 420)], [1.0] * 3, [seen(100)] * 50, defaults, 0)
    assert 100 < chosen[Kind.VERBATIM].bits < 400
    assert choose([seen(600)], [1.0], [seen(100)] * 50, defaults, 0) == defaults
    assert choose([seen(600)], [1.0], [seen(700)] * 50, defaults, 0)[Kind.VERBATIM].bits > 700


@pytest.mark.parametrize(("rate", "low", "high"), [(Rate(0, 3000), 0.0, 0.0013), (Rate(5, 10), 0.237, 0.763), (Rate(10, 10), 0.722, 1.0)])
def test_intervals_are_those_of_wilson(rate: Rate, low: float, high: float) -> None:
    assert rate.interval == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))


def test_rates_of_nothing() -> None:
    assert Rate(0, 0).value == 0 and Rate(0, 0).interval == (0.0, 1.0) and Rate.needed(0.001) == 3000


def test_bad_input_is_told(index: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="above 0 and below 1, got 1"):
        calibrate(index, false_positives=1)
    with pytest.raises(ParameterError, match="2 copies"):
        calibrate(index, count=1)
    with pytest.raises(ParameterError, match="negatives hold none of text or code"):
        calibrate(index, negatives=[])
    build([Document(id="a", text="too short to copy", source="s")], tmp_path / "short")
    with pytest.raises(ParameterError, match="nothing to copy: no document of the index has 25 words"):
        calibrate(tmp_path / "short")
    build([Document(id="a", text=prose(1), source="s")], tmp_path / "one")
    with pytest.raises(ParameterError, match="one document, or near-equal ones; give negatives"):
        calibrate(tmp_path / "one", **SMALL)
    with pytest.raises(ParameterError, match="negatives hold none of text"):
        calibrate(tmp_path / "one", negatives=[Document(id="c", text="x = 1\n", source="s", language="python")], **SMALL)
    notes = calibrate(tmp_path / "one", negatives=negatives()[:6], **SMALL).notes
    assert "nothing of the index is long enough to copy as code: its thresholds are the defaults" in notes
    assert any("too few documents of text to cut in halves" in note for note in notes)


def test_reports_show_figures_and_curves(given_negatives: Calibration, tmp_path: Path) -> None:
    figures = json.loads(json.dumps(given_negatives.as_dict()))
    page = report.render(figures)
    assert page.count("<svg") == 4 and "clauses shuffled" in page and "http" not in page.replace("http-equiv", "")
    assert f"{figures['false_positives'][0]['chosen']['value']:.4f}" in page
    pytest.importorskip("matplotlib")
    report.plot(figures, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_command_line(index: Path, tmp_path: Path) -> None:
    (tmp_path / "innocent").mkdir()
    for document in negatives()[:6]:
        (tmp_path / "innocent" / f"{document.id}.txt").write_text(document.text)
    (tmp_path / "innocent" / "blob").write_bytes(b"\0")
    arguments = ("calibrate", "--index", str(index), "--negatives", "innocent", "--copies", "4", "--length", "30",
                 "--false-positives", "0.1", "-q")
    done = run(*arguments, "-o", "policy.toml", "--report", "report.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "not read: innocent/blob: binary file" in done.stderr and "too few" in done.stderr
    for told in ("1 word in 5 changed", "innocent text that fires: 0.0000 0.0000-", "[text.verbatim] tokens = ", "partial"):
        assert told in done.stdout
    assert tomllib.loads((tmp_path / "policy.toml").read_text())["text"]["verbatim"]["tokens"] >= 1
    assert "<svg" in (tmp_path / "report.html").read_text()
    again = run(*arguments, "-o", "again.toml", "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["recall"][0]["view"] == "text"
    assert (tmp_path / "again.toml").read_bytes() == (tmp_path / "policy.toml").read_bytes()
    done = run("scan", "innocent/n50.txt", "-i", str(index), "--policy", "policy.toml", cwd=tmp_path)
    assert done.returncode == 0


@pytest.mark.parametrize(("arguments", "message"), [
    (("--negatives", "blob"), "none of the negatives can be read: blob"), (("--negatives", "nowhere"), "nowhere"),
    (("--false-positives", "0"), "above 0 and below 1"),
    (("--report", "nowhere/report.html"), "no directory to write nowhere/report.html to"),
])
def test_command_line_errors(index: Path, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "blob").write_bytes(b"\0")
    done = run("calibrate", "-i", str(index), "-o", "policy.toml", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and message in done.stderr.replace("\n", " ")
    assert not (tmp_path / "policy.toml").exists()
