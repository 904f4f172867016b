"""python -m tests.fuzz NAME [options of libFuzzer]: fuzz one harness with atheris, coverage-guided, beginning with its seeds."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["simfilter", "unidiff", "tomllib"]):
    import tomllib

    import unidiff.patch

    from tests.fuzz.harnesses import HARNESSES, seeds


assert tomllib and unidiff  # imported here for simfilter imports them when it first uses them


def main() -> None:
    name, *options = sys.argv[1:]
    corpus = Path(tempfile.mkdtemp(prefix=f"simfilter-{name}-"))
    for number, seed in enumerate(seeds()[name]):
        (corpus / str(number)).write_bytes(seed)
    atheris.Setup([sys.argv[0], "-max_len=65536", "-timeout=30", *options, str(corpus)], HARNESSES[name])
    atheris.Fuzz()


main()
