"""python -m tests.fuzz NAME [options of libFuzzer]: fuzz one harness with atheris, coverage-guided, beginning with its seeds."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["simfilter"]):
    from tests.fuzz.harnesses import HARNESSES, seeds


def main() -> None:
    name, *options = sys.argv[1:]
    corpus = Path(tempfile.mkdtemp(prefix=f"simfilter-{name}-"))
    for number, seed in enumerate(seeds()[name]):
        (corpus / str(number)).write_bytes(seed)
    atheris.Setup([sys.argv[0], "-max_len=65536", "-timeout=30", *options, str(corpus)], HARNESSES[name])
    atheris.Fuzz()


main()
