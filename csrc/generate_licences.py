"""Makes simfilter/data/licences.filter: the k-grams of published licence texts, without the texts.

The texts are those of ScanCode's licence database (PyPI: licensedcode-data, CC-BY-4.0), a build dependency. Without it the filter is
left out and licence texts are not known as boilerplate; the build says so. Run by setup.py once the core is built:

    python csrc/generate_licences.py ROOT      # ROOT holds the built package simfilter/
"""

import sys
from importlib.util import find_spec
from pathlib import Path


def main(root: Path) -> None:
    target = root / "simfilter" / "data" / "licences.filter"
    spec = find_spec("licensedcode")
    if spec is None or not spec.submodule_search_locations:
        print(f"licensedcode-data is not installed: {target.name} is {'kept' if target.exists() else 'left out'}")
        return
    sys.path.insert(0, str(root))
    import numpy as np

    from simfilter.index.structure import KGRAM_LENGTH, build_filter, kgram_hashes
    from simfilter.views.text import tokenize

    folder = Path(spec.submodule_search_locations[0]) / "data" / "licenses"
    texts = [path.read_bytes() for path in sorted(folder.glob("*.LICENSE"))]
    hashes = [kgram_hashes(tokenize(text).symbols, KGRAM_LENGTH["text"]) for text in texts]
    packed = build_filter(np.concatenate(hashes))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(packed.tobytes())
    print(f"{target.name}: {len(texts)} licence texts, {packed.nbytes} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
