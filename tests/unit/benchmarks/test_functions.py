"""Functions cut out of source files, and the two sides kept apart."""

import pytest

from benchmarks.quality.functions import ENDINGS, NODES, Function, distinct, functions
from benchmarks.quality.packages import PACKAGES, Package

BODY = "\n".join(f"        value{number} = compute({number})" for number in range(22))
PYTHON = f"class Tide:\n    def rise(self):\n{BODY}\n        return value1\n\n    def fall(self):\n        return 0\n"
C = "int rise(int hours)\n{\n" + "\n".join(f"    hours += {number};" for number in range(22)) + "\n    return hours;\n}\n"


@pytest.mark.parametrize(("language", "source", "first"), [("python", PYTHON, "def rise(self):"), ("c", C, "int rise(int hours)")])
def test_long_enough_functions_are_found_and_begin_at_the_margin(language: str, source: str, first: str) -> None:
    found = list(functions(source, language, project="p", path="f"))
    assert [one.text.splitlines()[0] for one in found] == [first]
    assert found[0].text.splitlines()[-1].startswith(("    return", "}"))


def test_a_docstring_is_no_code() -> None:
    long = '    """Rise.\n' + "        word\n" * 22 + '        """\n'
    source = f"def rise(self):\n{long}    return 1\n"
    assert list(functions(source, "python", project="p", path="f")) == []
    short = PYTHON.replace("def rise(self):\n", 'def rise(self):\n        """Rise."""\n')
    assert len(list(functions(short, "python", project="p", path="f"))) == 1


def test_functions_that_differ_in_names_and_literals_alone_are_one() -> None:
    one, = functions(PYTHON, "python", project="a", path="f")
    other, = functions(PYTHON.replace("value", "item").replace("compute(3)", "compute(77)"), "python", project="b", path="g")
    different, = functions(PYTHON.replace("compute(3)", "compute(3, 4)"), "python", project="b", path="g")
    assert distinct([one, other, different]) == [one, different]
    assert distinct([other, different], besides=[one]) == [different]


def test_a_file_is_on_one_side() -> None:
    package = Package("debian", "linux", protected=("fs/",), innocent=("net/",))
    assert [package.side(path) for path in ("fs/ext4/inode.c", "net/core/dev.c", "drivers/net/a.c")] == ["protected", "innocent", None]


@pytest.mark.parametrize("language", PACKAGES)
def test_no_package_is_on_both_sides_with_the_same_folder(language: str) -> None:
    assert language in NODES and language in ENDINGS
    for package in PACKAGES[language]:
        assert not any(one.startswith(other) or other.startswith(one) for one in package.protected for other in package.innocent)
    assert isinstance(Function("p", "f", "", b"").text, str)
