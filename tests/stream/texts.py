"""A small protected corpus, and texts that hold copies of it in all sorts of disguise, drawn by a random generator."""

from __future__ import annotations

import ast
import random
import textwrap
from functools import cache
from inspect import getsource
from pathlib import Path

from simfilter import Document, Filter, Policy, build
from simfilter.demo import ORIGINAL_FUNCTION, ORIGINAL_PARAGRAPH, disguised, mit_licence, renamed

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
STORY = (SAMPLES / "lighthouse.txt").read_text("utf-8")
MODULE = getsource(textwrap)
FUNCTIONS = [textwrap.dedent("\n".join(MODULE.splitlines()[node.lineno - 1 : node.end_lineno]))
             for node in ast.walk(ast.parse(MODULE)) if isinstance(node, ast.FunctionDef)]
INNOCENT = [
    ORIGINAL_PARAGRAPH, mit_licence()[:400], "Sure! Here's what I found (in short):", "漢字かな交じり文。", "Ἐν ἀρχῇ ΝΥΝ ἦν",
    "1. one\n2. two\n    - nested a\n    - nested b\n", "x = y_1 + f(z); then {a} <b>", "t h o s e   t w o",
    "naïve café — “quoted”", "\u200b\u00ad", f"```python\n{ORIGINAL_FUNCTION}```\n", "~~~\nplain\n~~~\n",
    "So it went on for a while, and nobody could tell why it had.",
]
POLICIES = {
    "block": Policy.parse({}),
    "redact": Policy.parse({"action": "redact"}),
    "strict": Policy.parse({"text": {"verbatim": {"tokens": 12, "bits": 30}, "edited": {"tokens": 12, "bits": 40}}}),
    "mixed": Policy.parse({"action": "redact", "rule": [{"source": "CPython", "action": "block"}],
                           "text": {"verbatim": {"tokens": 13, "bits": 30}}}),
    "cite": Policy.parse({"action": "cite"}),
}


@cache
def filters(folder: Path) -> dict[str, Filter]:
    """A filter a policy, all over one index in ``folder``."""
    path = folder / "index"
    if not path.exists():
        build([Document(id="lighthouse.txt", text=STORY, source="samples", licence="CC0-1.0"),
               Document(id="Lib/textwrap.py", text=MODULE, source="CPython", licence="PSF-2.0", language="python")], path)
    return {name: Filter.open(path, policy=policy) for name, policy in POLICIES.items()}


def edited(rng: random.Random, words: list[str]) -> list[str]:
    """Words changed, left out and put in."""
    result = []
    for word in words:
        chance = rng.random()
        if chance < 0.06:
            result.append(rng.choice(["slowly", "stone", "of", "ledger"]))
        elif chance > 0.05:
            result.append(word)
        if chance > 0.95:
            result.append("indeed")
    return result


def text(rng: random.Random, *, most: int = 5) -> str:
    """Innocent pieces and copies, one after the other."""
    parts = []
    for _ in range(rng.randint(1, most)):
        kind = rng.random()
        if kind < 0.4:
            parts.append(rng.choice(INNOCENT))
        elif kind < 0.8:
            words = STORY.split()
            start = rng.randrange(len(words) - 70)
            copied = words[start : start + rng.randint(3, 60)]
            if rng.random() < 0.5:
                copied = edited(rng, copied)
            if rng.random() < 0.2:
                half = len(copied) // 2
                copied = copied[half:] + copied[:half]
            piece = " ".join(copied)
            parts.append(rng.choice([piece, piece, piece.upper(), disguised(piece), piece.replace(" ", "\n> "),
                                     piece.replace(" ", "\u00a0 ")]))
        else:
            source = rng.choice(FUNCTIONS)
            lines = (renamed(source) if rng.random() < 0.5 else source).splitlines()
            piece = "\n".join(lines[: rng.randint(2, 40)])
            parts.append(rng.choice([f"```python\n{piece}\n```", f"```\n{piece}\n```", piece, f"```python\n{piece}"]))
    return rng.choice(["\n\n", " ", "\n"]).join(parts)


def pieces(rng: random.Random, whole: str, sizes: tuple[int, ...] = (1, 4, 12, 60, 400), *, begin: int = 0) -> list[str | bytes]:
    """The text from byte ``begin`` on cut anywhere, also inside characters."""
    data: str | bytes = whole.encode()[begin:]
    if rng.random() < 0.3 and (data[:1] or b" ")[0] & 0xC0 != 0x80:
        data = data.decode()  # as strings, by characters
    most = rng.choice(sizes)
    result: list[str | bytes] = []
    at = 0
    while at < len(data):
        size = rng.randint(1, most)
        result.append(data[at : at + size])
        at += size
    return result
