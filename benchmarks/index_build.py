"""Index build: MB/s for prose and each language, and what each part of an index costs. One core.

Checked first: a passage of each corpus is found in its index again.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from corpora import SNIPPETS, grown, novels, table

from simfilter import Document, Filter, build
from simfilter.views.languages import parser
from tests.quality.data import library


def measure(name: str, documents: list[Document], language: str | None) -> tuple[list[object], dict[str, object]]:
    size = sum(len(document.text.encode()) for document in documents)
    parse = 0.0
    if language:
        started = time.perf_counter()
        for document in documents:
            parser(language).parse(document.text.encode())
        parse = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        info = build(documents, Path(folder) / "index")
        filter_ = Filter.open(Path(folder) / "index")
        sample = documents[len(documents) // 2]
        verdict = filter_.check(sample.text[:4000], language=language)
        found = {item.provenance.document for item in (*verdict.matches, *(aside.match for aside in verdict.set_aside))}
        assert found, f"{name}: a copy of {sample.id} was not found"
    return [name, size / 1e6, size / 1e6 / info["seconds"], size / 1e6 / parse if parse else "-", info["bytes_per_input_byte"]], info


def main() -> None:
    lines = []
    prose, prose_info = measure("prose (novels)", novels("protected"), None)
    lines.append(prose)
    python, python_info = measure("python (standard library)", list(library()), "python")
    lines.append(python)
    for language in SNIPPETS:
        lines.append(measure(f"{language} (grown)", list(grown(language, 1_000_000)), language)[0])
    table("index build", ["corpus", "MB", "MB/s", "bare parse MB/s", "index bytes per byte"], lines)
    parts = sorted({*prose_info["parts"], *python_info["parts"]})
    rows = [[part, *(info["parts"].get(part, 0) / info["text_bytes"] for info in (prose_info, python_info))] for part in parts]
    table("bytes of each part per byte of text", ["part", "prose", "python"], [row for row in rows if max(row[1:]) >= 0.001])


if __name__ == "__main__":
    main()
