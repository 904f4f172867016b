"""Baselines and allowances through the command line: from findings to a clean scan, and back when they expire."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from simfilter.accept import Baseline
from simfilter.errors import SimfilterError
from tests.cli.conftest import Run
from tests.unit.report.test_reports import SECRET

FILE = "simfilter-baseline.toml"


def test_a_baseline_accepts_what_is_there_and_nothing_new(run: Run, index: Path, place: Path) -> None:
    run("baseline", "-i", str(index), "--reason", "known when we began", "--expires", "30d", code=0)
    entries = Baseline.load(FILE).entries
    assert {(entry.path, entry.document, entry.reason, entry.expires) for entry in entries} == {
        (path, document, "known when we began", date.today() + timedelta(30)) for path, document in (("copy.md", "ledger.txt"),
                                                                                                    ("renamed.py", "tide.py"))}
    done = run("scan", "-i", str(index), "--baseline", FILE, code=0)
    assert "nothing protected found, 2 accepted" in done.stdout
    (place / "new.md").write_text(SECRET)
    done = run("scan", "-i", str(index), "--baseline", FILE, code=1)
    assert "new.md" in done.stdout and "copy.md" not in done.stdout and "1 match in 1, 2 accepted" in done.stdout
    run("baseline", "-i", str(index), "--reason", "later", code=0)
    assert len(Baseline.load(FILE).entries) == 3  # what was accepted is not written again
    done = run("notice", "-i", str(index), "--baseline", FILE, code=0)
    assert "accepted: known when we began" in done.stdout  # still quoted


def test_what_has_expired_counts_again_and_is_told(run: Run, index: Path, place: Path) -> None:
    run("baseline", "copy.md", "-i", str(index), "--reason", "for now", "--expires", "30d", code=0)
    text = Path(FILE).read_text()
    Path(FILE).write_text(re.sub(r"expires = \S+", "expires = 2020-01-01", text))
    done = run("scan", "copy.md", "-i", str(index), "--baseline", FILE, code=1)
    assert "expired on 2020-01-01" in done.stderr


def test_allow_add_by_the_id_that_scan_tells(run: Run, index: Path, place: Path) -> None:
    done = run("scan", "-i", str(index), code=1)
    found = re.findall(r"\[([0-9a-f]{12})\]", done.stdout)
    assert len(found) == 2
    run("allow", "add", found[0], "--reason", "ours", code=0)
    assert "1 match in 1, 1 accepted" in run("scan", "-i", str(index), "--baseline", FILE, code=1).stdout
    assert "1 match in 1, 1 accepted" in run("scan", "-i", str(index), code=1).stdout  # it lies in the folder
    assert "2 matches in 2" in run("--no-config", "scan", "-i", str(index), code=1).stdout
    run("allow", "add", "--source", "Tid*", "--reason", "licensed", "--expires", "2999-01-01", code=0)
    run("scan", "-i", str(index), "--baseline", FILE, code=0)
    listed = run("allow", "list", code=0).stdout
    assert f"id {found[0]}" in listed and "source Tid*" in listed and "licensed" in listed and "2999-01-01" in listed


@pytest.mark.parametrize(("arguments", "message"), [
    (["allow", "add", "xyz", "--reason", "r"], "not the id of a finding"), (["allow", "add", "--reason", "r"], "needs one of"),
    (["allow", "add", "0123456789ab", "--reason", " "], "needs a reason"), (["allow", "list"], "no baseline"),
    (["allow", "add", "0123456789ab", "--reason", "r", "--expires", "soon"], "need a date"),
    (["allow", "add", "0123456789ab", "--reason", "r", "--expires", "2020-01-01"], "not in the future"),
])
def test_errors(run: Run, place: Path, arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, SimfilterError) and message in str(done.exception)
    assert not Path(FILE).exists()


def test_comments_in_the_file(run: Run, index: Path, place: Path) -> None:
    (place / "copy.md").write_text(f"<!-- simfilter: allow[ledger.txt] licensed to us -->\n{SECRET}\n")
    done = run("scan", "copy.md", "-i", str(index), "-v", code=0)
    assert "1 accepted" in done.stdout and "accepted: licensed to us (line 1)" in done.stderr
    run("scan", "copy.md", "-i", str(index), "--no-inline", code=1)
    (place / "copy.md").write_text(f"<!-- simfilter: allow[ledger.txt] -->\n{SECRET}\n")
    assert "an allowance without a reason does not count" in run("scan", "copy.md", "-i", str(index), code=1).stderr


def test_what_cannot_be_scanned_is_not_accepted(run: Run, index: Path, place: Path) -> None:
    (place / "image.png").write_bytes(b"\0\1")
    assert "not scanned: image.png" in run("baseline", "-i", str(index), "--reason", "r", code=2).stderr
    assert len(Baseline.load(FILE).entries) == 2
