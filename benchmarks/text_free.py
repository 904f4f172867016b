"""The text-free index beside the one that holds the text: copies found, innocent texts that fire, bits a k-gram, latency.

Copies of 100 words of ten novels under each evasion, and functions of the standard library renamed; innocent pieces of other novels and
functions of other packages. Checked first: a verbatim copy is found by both, at the same characters of the source.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from check_latency import ANSWER, HELD_OUT, latency
from corpora import novels, table

from simfilter import Filter, build
from simfilter.evasion import PROSE, code
from simfilter.index.keyed import build_keyed, read_key
from tests.quality.data import functions, library, library_files, package_files

COPIES = 100


def main() -> None:
    rng = random.Random(0)
    protected, hosts = novels("protected"), "\n".join(document.text for document in novels("host"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key").write_bytes(rng.randbytes(32))
        filters: dict[str, tuple[Filter, Filter]] = {}
        lines: list[list[object]] = []
        for kind, documents in (("prose", protected), ("code", list(library()))):
            free = build_keyed(documents, folder / f"{kind}.free", key=read_key(folder / "key"))
            full = build(documents, folder / kind)
            filters[kind] = (Filter.open(folder / f"{kind}.free", key_file=folder / "key"), Filter.open(folder / kind))
            lines += [[f"{kind}: bits a k-gram", free["bits_per_kgram"], "-"],
                      [f"{kind}: bytes a byte of text", free["index_bytes"] / full["text_bytes"], full["bytes_per_input_byte"]]]
        sample = protected[0].text[60_000:61_000]
        both = [filter_.check(sample).matches[0] for filter_ in filters["prose"]]
        assert both[0].source == both[1].source and both[0].query == both[1].query and not both[0].verified and both[1].verified

        def share(kind: str, texts: list[str], language: str | None = None) -> list[object]:
            return [sum(not filter_.check(text, language=language).clean for text in texts) / len(texts) for filter_ in filters[kind]]

        for evasion in PROSE.values():
            copies = []
            for _ in range(COPIES):
                words = rng.choice(protected).text.split()
                at = rng.randrange(len(words) - 100)
                copies.append(evasion.apply(" ".join(words[at : at + 100]), rng))
            lines.append([f"recall, 100 words: {evasion.name}", *share("prose", copies)])
        own = [source for _, source in functions(library_files(), COPIES)]
        for title, evade in code("python").items():
            if title in sys.argv[1:] or title in ("renamed", "comments stripped", "all at once"):
                lines.append([f"recall, functions: {title}", *share("code", [evade.apply(source, rng) for source in own], "python")])
        answers = [hosts[at : at + ANSWER] for at in range(0, len(hosts) - ANSWER, ANSWER)][:1000]
        others = [source for _, source in functions(package_files(*sorted(HELD_OUT)), 1000)]
        lines.append([f"innocent pieces of 2 KB that fire, of {len(answers)}", *share("prose", answers)])
        lines.append([f"innocent functions that fire, of {len(others)}", *share("code", others, "python")])
        times = [latency(filter_.check, answers) for filter_ in filters["prose"]]
        lines += [[f"check of 2 KB of prose, {what} ms", times[0][at], times[1][at]] for at, what in enumerate(("p50", "p99"))]
    table("text-free index beside an index with the text", ["", "text-free", "with text"], lines)


if __name__ == "__main__":
    main()
