"""Settings of a project, their precedence, exit codes, completion, help."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simfilter.cli import config
from simfilter.errors import ParameterError, SimfilterError
from simfilter.index.container import Container
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]


def damage(file: Path, where: int) -> None:
    data = bytearray(file.read_bytes())
    data[where] ^= 1
    file.write_bytes(data)


def test_precedence(run: Run, index: Path, place: Path) -> None:
    """Command line, environment, simfilter.toml, pyproject.toml, default."""
    (place / "sub").mkdir()
    (place / "sub" / "copy.md").write_text((place / "copy.md").read_text())
    flag, allow = 'action = "flag"\n', 'action = "allow"\n'
    (place / "flag.toml").write_text(flag)
    (place / "allow.toml").write_text(allow)
    (place / "sub" / "cite.toml").write_text('action = "cite"\n')

    def action(*arguments: str, **env: str) -> str:
        done = run("scan", "copy.md", "-f", "json", "-q", *arguments, env=env)
        assert done.exit_code in (0, 1), done.exception
        return json.loads(done.stdout)["files"][0]["action"]

    (place / "pyproject.toml").write_text(f'[tool.other]\nx = 1\n[tool.simfilter]\nindex = "{index}"\npolicy = "flag.toml"\n')
    assert action() == "flag"
    (place / "simfilter.toml").write_text(f'index = "{index}"\npolicy = "allow.toml"\n')
    assert action() == "allow"
    assert action(SIMFILTER_POLICY="flag.toml") == "flag"
    assert action("--policy", "sub/cite.toml", SIMFILTER_POLICY="flag.toml") == "cite"
    os.chdir(place / "sub")
    assert action() == "allow"  # of the folder above; its paths are relative to it
    (place / "sub" / "simfilter.toml").write_text(f'index = "{index}"\npolicy = "cite.toml"\n')
    assert action() == "cite"
    done = run("--config", "../pyproject.toml", "scan", "copy.md", "-f", "json", "-q")
    assert json.loads(done.stdout)["files"][0]["action"] == "flag"
    assert "give either --index or --against" in str(run("--no-config", "scan", "copy.md").exception)


def test_every_setting_is_used(run: Run, index: Path, place: Path) -> None:
    (place / "image.png").write_bytes(b"\0")
    (place / "simfilter.toml").write_text(
        f'index = "{index}"\nexclude = ["renamed.*"]\nformat = "github"\njobs = 1\nfail-open = true\nbaseline = "b.toml"\ninline = false\n')
    (place / "b.toml").write_text('[[accept]]\ndocument = "ledger.txt"\nreason = "ours"\n')
    assert run("scan", code=0).stdout == "::error file=image.png,title=not scanned::image.png: not scanned: binary file\n"
    (place / "corpus").mkdir()
    (place / "corpus" / "a.txt").write_text("Nothing at all.\n")
    done = run("scan", "copy.md", "--against", "corpus", "-f", "human", code=0)  # the command line's beats the settings' index
    assert "nothing protected found" in done.stdout


def test_who_verified_before_need_not_again(run: Run, index: Path, place: Path) -> None:
    shutil.copytree(index, place / "damaged")
    (file,) = (place / "damaged").glob("segment-*")
    with Container.open(file, verify=False) as container:
        where = container.section("document.signatures").obj[:].index(bytes(container.section("document.signatures")))
    damage(file, where)
    for arguments in ([], ["--verify"]):
        assert "does not agree with its checksum" in str(run("scan", "copy.md", "-i", "damaged", *arguments).exception)
    assert "HARBOUR" in run("scan", "copy.md", "-i", "damaged", "--no-verify", code=1).stdout.upper()
    (place / "simfilter.toml").write_text('index = "damaged"\nverify = false\n')
    run("scan", "copy.md", code=1)
    assert "does not agree with its checksum" in str(run("scan", "copy.md", "--verify").exception)


@pytest.mark.parametrize(("text", "message"), [
    ("indx = 'a'", "unknown key 'indx'; known: index"), ("index = 3", "index must be a string"),
    ("jobs = true", "jobs must be a whole number"),
    ("exclude = 'a'", "exclude must be a list of strings"), ("exclude = [1]", "a list of strings"), ("fail_open = 1", "true or false"),
    ("= 3", "is not TOML"),
])
def test_settings_that_cannot_be(run: Run, place: Path, text: str, message: str) -> None:
    (place / "simfilter.toml").write_text(text)
    done = run("scan", "copy.md")
    assert isinstance(done.exception, ParameterError) and message in str(done.exception) and "simfilter.toml" in str(done.exception)


def test_settings_name_parameters_that_exist() -> None:
    from typer.main import get_command

    from simfilter.cli import app

    commands = get_command(app).commands
    for command, names in config.defaults(dict.fromkeys(config.KEYS)).items():
        subs = getattr(commands[command], "commands", {})
        for told, used in ((subs[name], names[name]) for name in names) if subs else [(commands[command], names)]:
            assert set(used) <= {parameter.name for parameter in told.params}, command


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
COMMAND = [sys.executable, "-m", "simfilter"]


def test_a_closed_pipe_changes_no_exit_code(index: Path, place: Path) -> None:
    for name in ("human", "json"):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([*COMMAND, "scan", "copy.md", "-i", str(index), "-q", "-f", name], stdout=write, stderr=subprocess.PIPE,
                              env=ENVIRONMENT)
        os.close(write)
        assert done.returncode == 1 and done.stderr == b""


def test_an_interrupt_is_no_finding(index: Path, place: Path) -> None:
    os.mkfifo(place / "waiting.txt")  # reading it waits for a writer
    process = subprocess.Popen([*COMMAND, "scan", "waiting.txt", "-i", str(index)], stderr=subprocess.PIPE, env=ENVIRONMENT,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # a shell's background jobs ignore it
    descriptor = os.open(place / "waiting.txt", os.O_WRONLY)  # returns once it reads
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    os.close(descriptor)


def test_completion(place: Path) -> None:
    """A real bash completes with the script it is given."""
    script = Path(sys.executable).with_name("simfilter")
    if not script.exists():
        pytest.skip("the simfilter command is not installed beside this Python")
    environment = {**ENVIRONMENT, "PATH": f"{script.parent}:{os.environ['PATH']}", "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    script = ('eval "$(simfilter --show-completion bash)"; COMP_WORDS=(simfilter scan --form); COMP_CWORD=2; '
              'function=$(complete -p simfilter | sed -E "s/.*-F ([^ ]+) .*/\\1/"); $function simfilter --form scan; '
              'echo "${COMPREPLY[@]}"')
    asked = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment)
    assert asked.stdout.split() == ["--format"], asked


def test_help_teaches(run: Run) -> None:
    page = run("--help", code=0).stdout
    for words in ("simfilter index build", "simfilter.toml", "beats", "SIMFILTER_INDEX", "Scan files", "Prepare"):
        assert words in page, words
    page = run("scan", "--help", code=0).stdout
    for words in ("Examples", "--since main", "Exit codes", "0 clean, 1 findings, 2", "What is judged", "What it is compared with"):
        assert words in page, words


def test_every_command_and_option_says_what_it_does() -> None:
    from typer.main import get_command

    from simfilter.cli import app

    pending = [("simfilter", get_command(app))]
    while pending:
        name, command = pending.pop()
        assert command.help, name
        pending += [(f"{name} {inner}", sub) for inner, sub in getattr(command, "commands", {}).items()]
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name not in ("port",):
                assert parameter.help, (name, parameter.name)


def test_an_interrupted_or_wrong_call_is_told_in_one_line(place: Path) -> None:
    done = subprocess.run([*COMMAND, "scan", "copy.md", "-i", "nowhere"], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert issubclass(ParameterError, SimfilterError)
