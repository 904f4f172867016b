"""What the forms of statements pass over can be switched off, one by one; the index remembers."""

from pathlib import Path

import pytest

from simfilter import Document, Filter, build
from simfilter.errors import ParameterError
from simfilter.index import Index
from simfilter.match.clone import clones
from simfilter.types import Kind
from simfilter.views import read
from simfilter.views.statements import NORMALIZATIONS
from simfilter.views.tokens import PUBLIC_KEY

PAIRS = {
    "layout": ("python", "if tide > 3: haul(rope)", "if tide > 3:\n    haul(rope)"),
    "literals": ("python", "total = level + 12", "total = level + 31"),
    "modifiers": ("java", "final int total = level;", "int total = level;"),
    "operands": ("java", "if (tide.level != 0 && n > ropes.size()) { haul(a & (1 << b)); }",
                 "if (ropes.size() < n && 0 != tide.level) { haul((1 << b) & a); }"),
    "commas": ("python", "haul(\n    rope,  # the long one\n    [tide, {level: 3,},],\n)", "haul(rope, [tide, {level: 3}])"),
}
SOURCE = """def tally(levels, limit):
    total = 0
    for hour, level in enumerate(levels):
        if level > limit and hour % 12 != 3:
            total += level * 17 - limit
            levels[hour] = min(level, 41)
    return total / max(len(levels), 9), "tides"
"""


def forms(text: str, language: str, normalize: list[str]) -> list[int]:
    return read(text, language=language, normalize=normalize).code[0].tokens.statements.hashes.tolist()


@pytest.mark.parametrize("name", NORMALIZATIONS)
def test_each_makes_alike_what_it_says_and_nothing_without_it(name: str) -> None:
    language, text, other = PAIRS[name]
    rest = [other for other in NORMALIZATIONS if other != name]
    assert forms(text, language, [name]) == forms(other, language, [name])
    assert forms(text, language, rest) != forms(other, language, rest)


def test_an_index_remembers_its_normalizations(tmp_path: Path) -> None:
    changed = SOURCE.replace("17", "23").replace("12", "10").replace("41", "47").replace("9", "8")
    for name, normalize in (("all", list(NORMALIZATIONS)), ("some", ["layout", "modifiers"])):
        build([Document(id="tally.py", text=SOURCE, source="s", language="python")], tmp_path / name, normalize=normalize)
        assert Index.open(tmp_path / name).info()["normalize"] == normalize
    equal = []
    for name in ("all", "some"):
        filter_ = Filter.open(tmp_path / name)
        reading = filter_.read(changed, language="python")
        copies = clones(filter_.index.segments, reading.data, reading.code[0].tokens, PUBLIC_KEY)
        equal.append(max((copy.tokens for copy in copies), default=0))
    assert equal[0] > equal[1]


def test_code_that_was_formatted_anew_is_still_a_verbatim_copy(tmp_path: Path) -> None:
    text = SOURCE.replace("min(level, 41)", "min(\n            level,\n            41,\n        )")
    build([Document(id="tally.py", text=text, source="s", language="python")], tmp_path / "index")
    match = Filter.open(tmp_path / "index").check(SOURCE, language="python").matches[0]
    assert match.kind is Kind.VERBATIM and match.query.of(SOURCE) == SOURCE.rstrip() and match.source.of(text) == text.rstrip()


def test_unknown_normalizations_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="layout, literals, modifiers, operands, commas"):
        build([Document(id="a", text="a", source="s")], tmp_path / "index", normalize=["speling"])
