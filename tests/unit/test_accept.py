"""Accepted findings: baselines, comments, expiry; what is malformed is an error."""

from datetime import date
from pathlib import Path

import pytest

from simfilter import Document, Filter, build
from simfilter.accept import Baseline, Comment, Entry, accept, append, by_comments, comments
from simfilter.errors import InputError, ParameterError
from simfilter.report.findings import ACCEPTED, finding_id
from simfilter.types import Action, Verdict
from tests.unit.report.test_reports import SECRET


@pytest.fixture(scope="module")
def filter_(tmp_path_factory) -> Filter:
    path = tmp_path_factory.mktemp("accept") / "index"
    build([Document(id="sea/ledger.txt", text=SECRET, source="Harbour")], path)
    return Filter.open(path)


@pytest.fixture(scope="module")
def verdict(filter_: Filter) -> Verdict:
    return filter_.check(SECRET)


def test_every_condition_given_must_fit(verdict: Verdict) -> None:
    match = verdict.matches[0]
    for entry, fits in [(Entry("r", id=finding_id(match)), True), (Entry("r", id="0" * 12), False), (Entry("r", document="sea/*"), True),
                        (Entry("r", path="docs/*"), True), (Entry("r", path="src/*"), False), (Entry("r", source="Har?our"), True),
                        (Entry("r", id=finding_id(match), path="src/*"), False)]:
        assert entry.fits(match, "docs/a.md") is fits, entry


def test_an_accepted_match_is_set_aside_with_the_reason(verdict: Verdict) -> None:
    baseline = Baseline((Entry("ours", document="sea/*", expires=date(2030, 1, 2)),), today=date(2030, 1, 1))
    accepted = accept(verdict, [lambda match: baseline.reason(match, "a.md")])
    assert accepted.clean and accepted.action is Action.ALLOW
    assert accepted.set_aside[-1].reason == f"{ACCEPTED}ours (until 2030-01-02)"
    late = Baseline(baseline.entries, today=date(2030, 1, 2))
    assert accept(verdict, [lambda match: late.reason(match, "a.md")]) == verdict
    assert late.expired() == list(late.entries) and baseline.expired() == []


def test_what_was_not_scanned_stays_so(verdict: Verdict) -> None:
    from dataclasses import replace

    partly = replace(verdict, scanned=False, notes=("a part",))
    assert accept(partly, [lambda match: "fine"]).action is Action.BLOCK and not accept(partly, [lambda match: "fine"]).clean


def test_written_files_are_read_back_and_comments_in_them_stay(tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    entries = (Entry('a "quoted" reason', id="0123456789ab", path="x y/[*]", expires=date(2031, 5, 6)), Entry("é\nline", source="S"))
    append(path, entries[:1])
    path.write_text(path.read_text("utf-8") + "# by hand\n", "utf-8")
    append(path, entries[1:])
    assert Baseline.load(path).entries == entries
    assert "# by hand" in path.read_text("utf-8")


@pytest.mark.parametrize(("text", "message"), [
    ("[[accept]]\nid = '1'\n", "a reason"), ("[[accept]]\nreason = 'r'\n", "needs one of id, path, document, source"),
    ("[[accept]]\nreason = 'r'\nids = '1'\n", "unknown key 'ids'"), ("[[accept]]\nreason = 3\n", "reason must be a string"),
    ("[[accept]]\nreason = 'r'\nid = '1'\nexpires = 'soon'\n", "expires must be a date"), ("accept = 3\n", "[[accept]]"),
    ("other = 1\n", "other"), ("= x", "is not TOML"), ("[[accept]]\nreason = 'r'\nid = '1'\nexpires = 2030-01-01T00:00:00\n", "a date"),
])
def test_malformed_baselines(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "b.toml").write_text(text)
    with pytest.raises(InputError, match="b.toml") as caught:
        Baseline.load(tmp_path / "b.toml")
    assert message in str(caught.value)
    with pytest.raises(InputError):
        append(tmp_path / "b.toml", [])
    assert (tmp_path / "b.toml").read_text() == text


def test_entries_need_reason_and_condition() -> None:
    for arguments in ({"reason": " ", "id": "1"}, {"reason": "r"}):
        with pytest.raises(ParameterError):
            Entry(**arguments)


@pytest.mark.parametrize(("text", "found"), [
    ("# simfilter: allow[ab, lib/*.py]  because of X  ", [Comment(1, ("ab", "lib/*.py"), "because of X")]),
    ("\r\n/* simfilter:allow[ab] why */\r\n<!-- simfilter: allow[cd] so -->", [Comment(2, ("ab",), "why"), Comment(3, ("cd",), "so")]),
    ("# simfilter: allow[ab]\n", [Comment(1, ("ab",), "")]), ("# simfilter: allow ab", []), ("simfilter: allow[\nab] x", []),
])
def test_comments(text: str, found: list[Comment]) -> None:
    assert comments(text) == found


@pytest.mark.parametrize(("text", "clean"), [
    ("<!-- simfilter: allow[{id}] ours -->\n{secret}", True), ("\n\n<!-- simfilter: allow[sea/ledger.txt] ours -->\r\n{secret}", True),
    ("{secret} <!-- simfilter: allow[sea/*] ours -->", True), ("<!-- simfilter: allow[{id}] ours -->\n\n{secret}", False),
    ("{secret}\n<!-- simfilter: allow[{id}] ours -->", False), ("<!-- simfilter: allow[{id}] -->\n{secret}", False),
    ("<!-- simfilter: allow[other] ours -->\n{secret}", False),
])
def test_a_comment_counts_beside_the_copy_with_a_reason(filter_: Filter, verdict: Verdict, text: str, clean: bool) -> None:
    text = text.format(id=finding_id(verdict.matches[0]), secret=SECRET)
    reason, warnings = by_comments(text)
    assert accept(filter_.check(text), [reason]).clean is clean
    assert bool(warnings) == ("] -->" in text)
