"""Prose and code of chat answers, on the caller's characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simfilter.views.markdown import regions


def cut(text: str) -> list[tuple[str, str | None, str]]:
    return [(region.kind, region.language, "".join(piece.of(text) for piece in region.pieces)) for region in regions(text)]


@pytest.mark.parametrize(("text", "expected"), [
    ("", []),
    ("just words", [("prose", None, "just words")]),
    ("a\n```python\nx = 1\n```\nb\n", [("prose", None, "a\n"), ("fenced", "python", "x = 1\n"), ("prose", None, "b\n")]),
    ("~~~ js\nlet a;\n~~~", [("fenced", "javascript", "let a;\n")]),
    ("```\nwhile true\n", [("fenced", None, "while true\n")]),  # never closed: a streamed answer that was cut off
    ("a\r\n```c\r\nint x;\r\n```\r\n", [("prose", None, "a\r\n"), ("fenced", "c", "int x;\r\n")]),
    ("- point\n\n  ```go\n  x := 1\n  y := 2\n  ```\n", [("prose", None, "- point\n\n"), ("fenced", "go", "x := 1\ny := 2\n")]),
    ("> ```rust\n> let a = 1;\n> ```\n", [("fenced", "rust", "let a = 1;\n")]),
    ("words\n\n    indented = 1\n    again = 2\n", [("prose", None, "words\n\n"), ("indented", None, "indented = 1\nagain = 2\n")]),
    ("````md\n```\ninner\n```\n````\n", [("fenced", None, "```\ninner\n```\n")]),
    ("```python\n```\nafter", [("prose", None, "after")]),
    ("é漢\U0001f600\n```py\n# é\n```\n", [("prose", None, "é漢\U0001f600\n"), ("fenced", "python", "# é\n")]),
])
def test_cut(text: str, expected: list[tuple[str, str | None, str]]) -> None:
    assert cut(text) == expected


@given(st.lists(st.sampled_from(["```", "~~~", "```py", "> ", "- ", "    ", "\t", "\n", "\r\n", "\r", "x = 1", "é", "\0", "\u2028",
                                 "word "]), max_size=40).map("".join))
def test_regions_are_disjoint_ascending_and_inside(text: str) -> None:
    end = 0
    for region in regions(text):
        for piece in region.pieces:
            assert end <= piece.start <= piece.end <= len(text)
            end = piece.end
