"""What each normalisation of code forms gains and costs: recall and false positives of an index built without it, in three languages.

The corpora are those of `python -m benchmarks.quality --only code`, fetched on first use; 1,000 functions protected, 80 copies a row, 500
innocent functions. Checked first: a function is found in each index word for word.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from corpora import ROOT, table

from simfilter import Action, Filter, build
from simfilter.views.statements import NORMALIZATIONS

sys.path.insert(0, str(ROOT))
from benchmarks.quality.corpora import Size, functions_of

LANGUAGES = os.environ.get("SIMFILTER_LANGUAGES", "python,javascript,java").split(",")
ROWS = ("renamed, all names", "literals changed", "types and modifiers changed", "refactored", "all at once")


def main() -> None:
    lines: list[list[object]] = []
    for language in LANGUAGES:
        corpus = functions_of(language, Size(80, 500, 1000))
        copies = next(iter(corpus.copies.values()))
        innocent = [text.answer for texts in corpus.innocent.values() for text in texts]
        for off in (None, *NORMALIZATIONS):
            with tempfile.TemporaryDirectory() as folder:
                started = time.perf_counter()
                build(corpus.documents, Path(folder) / "index", normalize=[name for name in NORMALIZATIONS if name != off])
                seconds = time.perf_counter() - started
                filter_ = Filter.open(Path(folder) / "index")

                def share(answers: list[str], filter_: Filter = filter_) -> float:
                    return sum(filter_.check(answer).action is Action.BLOCK for answer in answers) / len(answers)

                assert share([copy.text.answer for copy in copies["verbatim"]]) >= 0.98
                lines.append([f"{language}, " + (f"without {off}" if off else "all"), seconds, share(innocent),
                              *(share([copy.text.answer for copy in copies[row]]) for row in ROWS)])
    table("normalisations of code", ["index", "build s", "false positives", *ROWS], lines)


if __name__ == "__main__":
    main()
