"""The pytest plugin, run by pytest."""

from pathlib import Path

import pytest

from tests.cli.conftest import index  # noqa: F401
from tests.unit.report.test_reports import CODE, SECRET

pytest_plugins = ["pytester"]
TESTS = f"""
    SECRET = {SECRET!r}

    def test_own(assert_original):
        assert_original("Words of our own, nobody else's.")

    def test_copy(assert_original):
        assert_original("She said:\\n\\n" + SECRET.upper())

    def test_supplied(assert_original):
        assert_original(SECRET, prompt="Correct this: " + SECRET)

    def test_code(assert_original):
        assert_original({CODE!r}.replace("total", "amount"), language="python")
"""


def outcomes(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def test_copies_fail_and_their_source_is_told(pytester: pytest.Pytester, index: Path) -> None:  # noqa: F811
    pytester.makepyfile(TESTS)
    result = outcomes(pytester, "--simfilter-index", str(index))
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*the text is not original:*", "*line 3: BLOCK, verbatim copy of ledger.txt of Harbour (CC-BY-4.0); *",
                                 "*line 1: BLOCK, renamed copy of tide.py of Tides; *"])
    assert "harbour office had long ago" not in "".join(line for line in result.outlines if "SECRET" not in line)


def test_settings_are_relative_to_their_file(pytester: pytest.Pytester, index: Path) -> None:  # noqa: F811
    (pytester.path / "linked").symlink_to(index)
    (pytester.path / "policy.toml").write_text('action = "allow"\n')
    pytester.makeini("[pytest]\nsimfilter_index = linked\nsimfilter_policy = policy.toml\n")
    pytester.mkdir("sub").joinpath("test_it.py").write_text(f"def test_copy(assert_original):\n    assert_original({SECRET!r})\n")
    outcomes(pytester, "sub").assert_outcomes(passed=1)


@pytest.mark.parametrize("arguments", [[], ["--simfilter-index", "nowhere"]])
def test_without_an_index_nothing_is_original(pytester: pytest.Pytester, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIMFILTER_INDEX", raising=False)
    pytester.makepyfile("def test_own(assert_original):\n    assert_original('x')\n\ndef test_other():\n    pass\n")
    result = outcomes(pytester, *arguments)
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["*assert_original needs an index*" if not arguments else "*nowhere*"])


def test_loading_the_plugin_loads_nothing_else(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import sys\n\ndef test_it():\n    assert 'simfilter.hooks.pytest' in sys.modules\n"
                        "    assert not {'simfilter.filter', 'numpy'} & set(sys.modules)\n")
    outcomes(pytester, "-p", "no:hypothesispytest").assert_outcomes(passed=1)
