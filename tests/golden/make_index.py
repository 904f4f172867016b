"""Write the golden files of a released version: python -m tests.golden.make_index tests/golden/index-VERSION.

Once released they are never written again; a version that cannot open them breaks its promise.
"""

import sys
from pathlib import Path

from simfilter import Document, background, build
from simfilter.dedup import LSHIndex, MinHasher, choose_bands
from simfilter.index import add, remove

POEM = ("The quiet harbour kept its lamps alight for every boat that winter had not found,\nand the pilots slept in their boots "
        "beside a stove that muttered to itself until the tide came round again. " + "Ünïcödé, 灯台の光 and 🚤. ")
CODE = '''"""Berths and boats."""

def moor(boat, berths, margin=2):
    # the narrowest berth that is wide enough
    for berth in sorted(berths, key=lambda berth: berth.width):
        if berth.width >= boat.beam + margin and berth.depth > boat.draught:
            berth.boats.append(boat)
            return berth
    raise LookupError(f"no berth for {boat.name}")
'''
DOCUMENTS = [
    Document(id="poem", text=POEM, source="Harbour Songs", licence="CC0-1.0", url="https://example.org/poem", tags=("song", "sea")),
    Document(id="moor.py", text=CODE, source="harbour", licence="MIT", language="python"),
    Document(id="empty", text="", source="harbour"),
    Document(id="LICENSE", text="You may repeat this harbour licence, whole or in part, wherever the tide takes you.", source="harbour",
             boilerplate=True),
    Document(id="poem, second edition", text=POEM.replace("lamps", "lanterns"), source="Harbour Songs"),
    Document(id="withdrawn", text="A log of the pilots: " + POEM[:90] + " and then the log breaks off in the middle of a wo", source="Log"),
    Document(id="long", text="chart and ladder " + "x" * 300 + " " * 400 + "and rope and bell " * 60, source="harbour"),
]


def main(where: Path) -> None:
    build(DOCUMENTS[:4], where / "protected.index")
    add(DOCUMENTS[4:6], where / "protected.index")
    add(DOCUMENTS[6:], where / "protected.index")
    remove(where / "protected.index", ids=["withdrawn"])
    background.build(DOCUMENTS, where / "public.background")
    index = LSHIndex(choose_bands(0.5))
    texts = [document.text for document in DOCUMENTS if document.text]
    index.add([document.id for document in DOCUMENTS if document.text], MinHasher().sign(texts))
    index.save(where / "near.lsh")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
