"""The folder the pages' commands are run in: what is protected, what a model wrote, corpora; a git repository on a branch."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
from pathlib import Path

import pyarrow
import pyarrow.parquet

from simfilter import Reader, build
from simfilter.views.languages import language_of_path
from tests.samples import FUNCTION, STORY

SYLLABLES = ("al", "bir", "ce", "dam", "fir", "ha", "ju", "ke"), ("der", "mast", "north", "reef", "vane")
WORDS = [first + last for first in SYLLABLES[0] for last in SYLLABLES[1]]


def prose(seed: int, words: int = 60) -> str:
    """Words by chance: equal for an equal seed, like no other."""
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) for _ in range(words)).capitalize() + "."


def make(folder: Path) -> None:
    """Fill ``folder``; ``protected.index`` there holds the manuscripts and the source."""
    files = {
        "manuscripts/ledgers.txt": STORY, "src/intervals.py": FUNCTION, "public-code/loop.py": "for i in range(10):\n    print(i)\n",
        "answers/1.md": prose(1), "answers/7.md": f"It begins: {STORY.upper()}\n", "answer.md": f"Well.\n\n{STORY}\n",
        "answers-from-before/old.md": prose(2), "../their-repository/intervals.py": FUNCTION, "exams/questions.txt": prose(3),
        "more/notes.txt": prose(9),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    build(Reader([folder / "manuscripts", folder / "src"], language_of_path=language_of_path), folder / "protected.index")
    records = [{"id": number, "text": text} for number, text in enumerate([prose(3), prose(4), prose(4), prose(5), STORY, STORY.upper()])]
    (folder / "corpus").mkdir()
    for name in ("corpus/a", "corpus/b", "customers", "wikipedia"):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps({**record, "text": f"{record['text']} {name}"}) + "\n" for record in records)
    letters = [{"id": "letters/4711.txt", "text": prose(6)}, {"id": "berg", "text": prose(7), "source": "Estate of A. Berg"},
               {"id": "gpl", "text": prose(8), "licence": "GPL-3.0-only"}]
    with gzip.open(folder / "letters.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(letter) + "\n" for letter in letters)
    for name in ("more", "train"):
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records), folder / f"{name}.parquet")
    for command in ("init -q -b main", "add answers/1.md", "commit -q -m one", "checkout -q -b work", "add answers/7.md",
                    "commit -q -m two"):
        subprocess.run(["git", "-c", "user.name=test", "-c", "user.email=test@example.org", *command.split()], cwd=folder, check=True)
