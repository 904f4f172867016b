"""What the benchmarks run on: real text and code of this machine, and text grown from it where more is needed."""

from __future__ import annotations

import builtins
import gzip
import json
import keyword
import os
import platform
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the functions of tests/quality serve here too
LOAD = os.getloadavg()[0]
"""Processes that wanted a processor before the benchmark began."""
DATA = Path(os.environ.get("SIMFILTER_DATA", ROOT.parent / "shared" / "data"))

from simfilter import Document  # noqa: E402
from tests.unit.views.snippets import SNIPPETS  # noqa: E402


def rows(name: str) -> list[dict[str, Any]]:
    """The records of a file of the evaluation data; none when the data is absent."""
    path = DATA / name
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def novels(role: str) -> list[Document]:
    """Novels, protected or host; without the evaluation data the two stories of data/samples."""
    found = [Document(id=row["id"], text=row["text"], source=row["title"]) for row in rows("novels_en/novels.jsonl.gz")
             if row["role"] == role]
    return found or [Document(id=path.name, text=path.read_text("utf-8"), source="samples")
                     for path in sorted((ROOT / "data" / "samples").glob("*.txt"))]


def prose(size: int, seed: int = 0) -> Iterator[Document]:
    """About ``size`` bytes of protected prose: the novels, then documents of 200 KB of their sentences with the words of each mixed anew,
    so that frequencies are those of the language and hardly any run of six words comes twice."""
    base = novels("protected")
    sentences = [words for document in base for sentence in re.split(r"(?<=[.!?])\s+", document.text) if len(words := sentence.split()) > 3]
    done = 0
    for document in base:
        if done >= size:
            return
        text = document.text[: size - done]
        done += len(text.encode())
        yield Document(id=document.id, text=text, source=document.source)
    rng = random.Random(seed)
    number = 0
    while done < size:
        parts: list[str] = []
        length = 0
        while length < 200_000:
            words = list(rng.choice(sentences))
            rng.shuffle(words)
            parts.append(" ".join(words))
            length += len(parts[-1]) + 2
        text = ". ".join(parts)
        done += len(text.encode())
        number += 1
        yield Document(id=f"mixed-{number}", text=text, source="mixed")


def grown(language: str, size: int, seed: int = 0) -> Iterator[Document]:
    """About ``size`` bytes of one language: the test suite's snippet again and again with fresh names, 10 KB a file."""
    rng = random.Random(seed)
    names = sorted(set(re.findall(r"\b(?:tide|level|hours|hour|total|harbour|Harbour|Tide)\b", SNIPPETS[language])))
    done = number = 0
    while done < size:
        parts = []
        while sum(map(len, parts)) < 10_000:
            text = SNIPPETS[language]
            for name in names:
                fresh = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9)))
                text = re.sub(rf"\b{name}\b", fresh.capitalize() if name[0].isupper() else fresh, text)
            parts.append(text.replace("12", str(rng.randint(0, 9999))))
        text = "\n".join(parts)
        number += 1
        done += len(text.encode())
        yield Document(id=f"{number}", text=text, source=language, language=language)


SIMPLE = re.compile(rf"(?!(?:{'|'.join(keyword.kwlist)})\b)[A-Za-z_][\w.]*(?:\[[^\]]*\])?(?: [-+*/|]?= |\().*[^,\\:({{\[]", re.ASCII)
"""A line that may be a statement by itself."""
NAMES = re.compile(r"\b[A-Za-z_][A-Za-z0-9_]{2,}\b")
OTHER, STATEMENT, COMMENT, WORDS = range(4)


def _kinds(text: str) -> bytes:
    """What each line is: a statement by itself, a comment, words of a docstring."""
    found = bytearray()
    documented = False
    for line in map(str.strip, text.split("\n")):
        quotes = line.count('"""') % 2 == 1
        kind = WORDS if documented and not quotes else COMMENT if line.startswith("# ") else OTHER
        if (kind == OTHER and not quotes and len(line) < 100 and SIMPLE.fullmatch(line) and "#" not in line and not line.count('"') % 2
                and not line.count("'") % 2 and all(line.count(a) == line.count(b) for a, b in ("()", "[]", "{}"))):
            kind = STATEMENT
        documented ^= quotes
        found.append(kind)
    return bytes(found)


class _Names(dict[str, str]):
    """Of each name what it is called in one file: a third have new names."""

    kept = (*keyword.kwlist, *dir(builtins), "self", "cls")
    parts = tuple(syllable + vowel for syllable in "bdfghklmnprstvz" for vowel in "aeiou")

    def __init__(self, rng: random.Random) -> None:
        super().__init__(zip(self.kept, self.kept, strict=True))
        self._rng = rng

    def __missing__(self, name: str) -> str:
        self[name] = new = "".join(self._rng.choices(self.parts, k=self._rng.randint(2, 4))) if self._rng.random() < 0.33 else name
        return new


def mutated(base: list[str], size: int, seed: int = 0) -> Iterator[str]:
    """About ``size`` bytes of files like those of Python in ``base``: of one file each, six in ten simple statements are exchanged for
    others of anywhere, words of comments and docstrings are mixed, and a third of the names are new, so that hardly two files are
    near-equal and the frequencies of statements and names are those of the language."""
    rng = random.Random(seed)
    kinds = list(map(_kinds, base))
    pool = [line.strip() for at in rng.sample(range(len(base)), min(len(base), 4000))
            for line, kind in zip(base[at].split("\n"), kinds[at], strict=True) if kind == STATEMENT]
    done = 0
    while done < size:
        chosen = rng.randrange(len(base))
        lines = base[chosen].split("\n")
        for at, kind in enumerate(kinds[chosen]):
            if kind == OTHER or (kind == STATEMENT and rng.random() < 0.4):
                continue
            line = lines[at]
            bare = line.lstrip()
            if kind == STATEMENT:
                new = pool[int(rng.random() * len(pool))]
            else:
                words = bare.split()[kind == COMMENT :]
                rng.shuffle(words)
                new = " ".join(["#", *words] if kind == COMMENT else words)
            lines[at] = line[: len(line) - len(bare)] + new
        names = _Names(rng)
        text = NAMES.sub(lambda found: names[found[0]], "\n".join(lines))  # noqa: B023
        done += len(text.encode("utf-8", "surrogatepass"))
        yield text


def table(title: str, columns: list[str], lines: list[list[object]], *, keep: bool = False) -> None:
    """Print figures, the first column words; with SIMFILTER_RECORD record them in that file, in the place of an earlier run's, of which
    ``keep`` leaves the lines that begin with other words."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(*columns, title=title, title_justify="left")
    for column in shown.columns[1:]:
        column.justify = "right"
    for line in lines:
        shown.add_row(*(f"{value:.3g}" if isinstance(value, float) else str(value) for value in line))
    Console(width=150).print(shown)
    if record := os.environ.get("SIMFILTER_RECORD"):
        path = Path(record)
        kept = json.loads(path.read_text("utf-8")) if path.exists() else []
        ran = {"command": " ".join(["python", os.path.relpath(sys.argv[0]), *sys.argv[1:]]), "date": time.strftime("%Y-%m-%d"),
               "commit": _commit(), "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
               "python": platform.python_version(), "load": LOAD}
        if keep:
            measured = {line[0] for line in lines}
            lines = [line for each in kept if each["title"] == title and each["columns"] == columns for line in each["lines"]
                     if line[0] not in measured] + lines
        new = {"title": title, "ran": ran, "columns": columns, "lines": lines}
        kept = [new if each["title"] == title else each for each in kept] + [new] * all(each["title"] != title for each in kept)
        path.write_text(json.dumps(kept, indent=1, default=float) + "\n", "utf-8")


def _commit() -> str:
    return subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"], capture_output=True, text=True).stdout.strip()
