"""Changing an index while others read it: what is added counts, what is removed does not and can be erased, one writer at a time."""

import os
import subprocess
import sys
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from simfilter import Document, Filter, Index, build
from simfilter.errors import IndexDamagedError, IndexNotFoundError, InputError, LockedError, ParameterError
from simfilter.index import add, compact, manifest, remove, repair, snapshot, update
from simfilter.index.container import Container
from simfilter.index.structure import KGRAM_LENGTH, kgram_hashes
from simfilter.views import read
from simfilter.views.tokens import PUBLIC_KEY

POEM = ("The quiet harbour kept its lamps alight for every boat that winter had not found, and the pilots slept in their boots "
        "beside a stove that muttered to itself until the tide came round again")
SECRET = ("Zwölf xylophone quokkas juggled brittle marzipan obelisks whilst umbrella wardens notarised the verdigris zeppelin and "
          "seventeen axolotl bailiffs confiscated every quince within reach of the pneumatic lighthouse")
CODE = """def zugzwang(quokka, obelisk):
    marzipan = quokka.wombat(obelisk)
    if marzipan > obelisk:
        quokka.juggle(marzipan, 77131)
    return [quokka.axolotl(obelisk, row) for row in marzipan.zeppelins()]
"""


def poem(name: str = "poem") -> Document:
    return Document(id=name, text=POEM, source="Harbour Songs", licence="CC0-1.0", tags=("song",))


def secret() -> Document:
    return Document(id="secret-id-4711", text=SECRET, source="Verschlusssache", url="https://example.org/quince")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    build([poem()], tmp_path / "index")
    return tmp_path / "index"


def ids(path: Path) -> list[str]:
    with Index.open(path) as index:
        return [origin.document for origin in index.documents]


def test_effect_for_new_readers_and_on_reload(path: Path) -> None:
    old = Filter.open(path)
    assert old.reload() is old
    add([secret()], path)
    assert old.check(SECRET).clean and not Filter.open(path).check(SECRET).clean
    new = old.reload()
    assert not new.check(SECRET).clean and old.check(SECRET).clean
    assert remove(path, ids=["secret-id-4711"])[0].source == "Verschlusssache"
    assert not new.check(SECRET).clean and new.reload().check(SECRET).clean
    compact(path)
    assert new.reload().check(SECRET).clean and not new.reload().check(POEM).clean
    assert new.source_text(new.check(SECRET).matches[0]) == SECRET  # a reader keeps what it has open
    assert ids(path) == ["poem"]


@pytest.mark.parametrize("choice", [{"ids": ["a"]}, {"sources": ["s"]}, {"where": {"licence": "GPL-*", "tag": "x"}}])
def test_what_is_removed(choice: dict, path: Path) -> None:
    add([Document(id="a", text=SECRET, source="s", licence="GPL-3.0-only", tags=("x", "y")),
         Document(id="b", text=SECRET + " b", source="t", licence="GPL-3.0-only", tags=("y",))], path)
    assert [origin.document for origin in remove(path, **choice)] == ["a"]
    assert ids(path) == ["poem", "b"]
    with pytest.raises(ParameterError, match="nothing was removed"):
        remove(path, **choice)
    assert ids(path) == ["poem", "b"]


def test_misuse(path: Path) -> None:
    with pytest.raises(ParameterError, match="'nobody'"):
        remove(path, ids=["poem", "nobody"])
    with pytest.raises(ParameterError, match="name what to remove"):
        remove(path)
    with pytest.raises(ParameterError, match="'colour'"):
        remove(path, where={"colour": "red"})
    with pytest.raises(ParameterError, match="is in the index"):
        add([poem()], path)
    with pytest.raises(ParameterError, match="no document"):
        add([], path)
    with pytest.raises(ParameterError, match="shards"):
        build([poem()], path, shards=0)
    with pytest.raises(IndexNotFoundError):
        add([poem()], path / "none")
    assert ids(path) == ["poem"]


def test_replacing(path: Path) -> None:
    add([Document(id="poem", text=SECRET, source="s")], path, replace=True)
    filter_ = Filter.open(path)
    assert filter_.check(POEM).clean and filter_.check(SECRET).matches[0].provenance.document == "poem"


def test_all_may_be_removed(path: Path) -> None:
    remove(path, ids=["poem"])
    assert ids(path) == [] and Filter.open(path).check(POEM).clean
    compact(path)
    add([secret()], path)
    assert ids(path) == ["secret-id-4711"]


def traces(folder: Path, document: Document) -> set[str]:
    """Which traces of a document the files of a directory hold: words, names, symbols, k-grams, signature, packed or plain."""
    data = b""
    columns: list[np.ndarray] = []
    filters = []
    for file in sorted(folder.iterdir()):
        data += file.read_bytes()
        if file.suffix not in (".sfx", ".sfo"):
            continue
        with Container.open(file, magic=manifest.OVERLAY_MAGIC if file.suffix == ".sfo" else b"SIMFSEG\0") as container:
            for name, size in container.sizes().items():
                if name == "source.blocks":
                    offsets = container.array("source.offsets", np.uint64).tolist()
                    for low, high in pairwise(offsets):
                        data += zlib.decompress(container.section(name)[low:high])
                elif name == "boilerplate.documents":
                    data += zlib.decompress(container.section(name))
                elif size % 4 == 0:
                    columns.append(container.array(name, np.uint32).copy())
                if name.endswith((".filter", ".boilerplate")):
                    filters.append((name.split(".")[0], container.array(name, np.uint8).copy()))
    reading = read(document.text, language=document.language, key=PUBLIC_KEY)
    renamed = [piece.tokens.renamed for piece in reading.code]
    symbols = {"text": reading.words.symbols, "code": np.concatenate([reading.words.symbols[:0], *renamed])}
    common = set(read(POEM).words.symbols.tolist())
    held = set(np.concatenate(columns).tolist())
    from simfilter import _core

    found = set()
    for word in {*document.text.split(), document.id, document.source, document.url or document.id}:
        if len(word) > 4 and word not in POEM and word.encode() in data:
            found.add("words")
    fresh = set(symbols["text"].tolist()) - common - {0}
    if fresh & held or any(int(symbol).to_bytes(4, "little") in data for symbol in fresh):
        found.add("symbols")
    for piece in reading.code:
        if set(piece.tokens.statements.hashes.tolist()) & held:
            found.add("statements")
    hashes = {name: kgram_hashes(values, KGRAM_LENGTH[name]) for name, values in symbols.items()}
    for name, packed in filters:
        hits = np.zeros(len(hashes[name]), np.uint8)
        if len(hits) and _core.NgramFilter(packed).contains(hashes[name], hits) > 0.5 * len(hits):
            found.add("k-grams")
    return found


@pytest.mark.parametrize("document", [secret(), Document(id="zugzwang.py", text=CODE, source="Verschlusssache", language="python"),
                                      Document(id="LICENCE-4711", text=SECRET, source="Verschlusssache", boilerplate=True)],
                         ids=["prose", "code", "boilerplate"])
@pytest.mark.parametrize("shards", [1, 3])
def test_what_was_removed_is_erased_by_compaction(document: Document, shards: int, path: Path) -> None:
    build([poem(), *(poem(f"other {number}") for number in range(6)), document], path, shards=shards)
    assert {"words", "k-grams"} <= traces(path, document)
    remove(path, sources=["Verschlusssache"])
    if not document.boilerplate:
        add([Document(id="later", text=POEM + " once more", source="s")], path)  # merging may not bring it back either
    compact(path)
    assert traces(path, document) == set()
    assert Filter.open(path).check(document.text, language=document.language).clean
    assert not Filter.open(path).check(POEM).clean


def test_boilerplate_survives_merges(path: Path) -> None:
    add([Document(id="LICENCE", text=SECRET, source="s", boilerplate=True),
         Document(id="uses it", text=POEM + " " + SECRET, source="s")], path)
    assert Filter.open(path).check(SECRET).clean
    compact(path)
    assert Filter.open(path).check(SECRET).clean
    remove(path, ids=["LICENCE"])
    assert not Filter.open(path).check(SECRET).clean


HOLDER = """
import sys, time
from simfilter.index import manifest
with manifest.writing(sys.argv[1]):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_one_writer_at_a_time_and_a_killed_one_lets_go(path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "locked\n"
        for change in (lambda: add([secret()], path), lambda: remove(path, ids=["poem"]), lambda: compact(path), lambda: repair(path),
                       lambda: build([secret()], path)):
            with pytest.raises(LockedError, match="another process"):
                change()
        assert ids(path) == ["poem"] and not Filter.open(path).check(POEM).clean  # readers are not held up
        snapshot(path, path.parent / "snapshot")
    finally:
        holder.kill()
        holder.wait()
    add([secret()], path)
    assert ids(path) == ["poem", "secret-id-4711"]


WRITER = """
import sys
from simfilter import Document
from simfilter.index import add, compact, remove
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 6):
    add([Document(id=str(number), text=f"document number {number} of this harbour", source="s")], sys.argv[1], wait=True)
    if number % 3 == 2:
        remove(sys.argv[1], ids=[str(number)], wait=True)
        compact(sys.argv[1], wait=True)
"""


def test_two_writers_and_a_reader_at_once(path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(first)]) for first in (0, 100)]
    filter_ = Filter.open(path)
    seen = 0
    while any(writer.poll() is None for writer in writers):
        filter_ = filter_.reload()
        assert not filter_.check(POEM).clean
        assert filter_.index.generation >= seen
        seen = filter_.index.generation
    assert [writer.returncode for writer in writers] == [0, 0]
    kept = [str(number) for first in (0, 100) for number in range(first, first + 6) if number % 3 != 2]
    assert sorted(ids(path)) == sorted(["poem", *kept])


def test_segments_are_merged_by_size(path: Path) -> None:
    sizes = []
    for number in range(40):
        add([Document(id=str(number), text=f"{POEM} {number}" * 30, source="s")], path)
        with Index.open(path) as index:
            sizes.append(len(index.segments.parts))
            assert len(index) == number + 2
    assert max(sizes) <= 2 * update.FANOUT and sizes[-1] < 8
    assert ids(path) == ["poem", *map(str, range(40))]  # in the order they came


BIG = 1 << 20


@pytest.mark.parametrize(("sizes", "low"), [
    ([], None), ([1] * 3, None), ([1] * 4, 0), ([BIG, 1, 1, 1, 1], 1), ([BIG] * 3 + [1] * 3, None), ([BIG] * 4, 0), ([BIG, 1, BIG], None),
    ([BIG, 1, 1, 1, BIG], None), ([BIG, 1, BIG, BIG, 1, BIG], 0)])
def test_which_segments_are_merged(sizes: list[int], low: int | None) -> None:
    assert update._mergeable(sizes) == low


def test_a_snapshot_is_an_index_of_its_own(path: Path) -> None:
    add([secret()], path)
    remove(path, ids=["poem"])
    snapshot(path, path.parent / "kept")
    with pytest.raises(ParameterError, match="there already"):
        snapshot(path, path.parent / "kept")
    compact(path)
    build([Document(id="new", text="something else", source="s")], path)
    assert ids(path.parent / "kept") == ["secret-id-4711"]
    add([poem("again")], path.parent / "kept")
    assert ids(path.parent / "kept") == ["secret-id-4711", "again"] and ids(path) == ["new"]
    assert Index.open(path.parent / "kept").verify() == []


# ---- damage ----

@pytest.fixture
def several(path: Path) -> Path:
    add([secret()], path)
    add([Document(id="code", text=CODE, source="s", language="python"), Document(id="gone", text=POEM[40:], source="s")], path)
    remove(path, ids=["gone"])
    return path


def flip(file: Path, bit: int) -> None:
    with file.open("r+b") as stream:
        stream.seek(bit // 8)
        byte = stream.read(1)[0]
        stream.seek(bit // 8)
        stream.write(bytes([byte ^ 1 << bit % 8]))


STRIDE = 1 if os.environ.get("SIMFILTER_EXHAUSTIVE") else 499


def test_verify_finds_flipped_bits_in_every_file(several: Path) -> None:
    """One bit in STRIDE; all of them with SIMFILTER_EXHAUSTIVE set, in some minutes."""
    assert Index.open(several).verify() == []
    index = Index.open(several)
    tried = 0
    for file in sorted(several.iterdir()):
        for bit in range(0, 8 * file.stat().st_size, STRIDE):
            flip(file, bit)
            assert index.verify(), f"{file.name}, bit {bit}"
            flip(file, bit)
            tried += 1
    assert index.verify() == [] and tried > 200 and len(list(several.iterdir())) == 5


def test_repair_saves_whole_segments(several: Path) -> None:
    flip(several / "segment-2-0.sfx", 8 * 3000)
    with pytest.raises(IndexDamagedError):
        Index.open(several)
    with pytest.raises(IndexDamagedError):
        compact(several)  # damage is not laundered
    assert repair(several) == {"kept": ["segment-1-0.sfx", "segment-3-0.sfx"], "lost": ["segment-2-0.sfx"]}
    assert ids(several) == ["poem", "code"]  # what was removed stays removed
    assert (several / "segment-2-0.sfx.damaged").exists()
    compact(several)
    assert not list(several.glob("*.damaged"))


def test_repair_without_a_manifest(several: Path) -> None:
    (several / "MANIFEST.json").write_text("{")
    with pytest.raises(IndexDamagedError):
        Index.open(several)
    assert repair(several)["lost"] == []
    assert ids(several) == ["poem", "secret-id-4711", "code"]


def test_repair_does_not_bring_back_what_was_removed_unasked(several: Path) -> None:
    flip(next(several.glob("*.sfo")), 8 * 600)
    with pytest.raises(InputError, match="removed"):
        repair(several)
    assert repair(several, forget_removals=True)["lost"] == ["overlay-4-0.sfo"]
    assert ids(several) == ["poem", "secret-id-4711", "code", "gone"]


def test_nothing_left_to_repair(path: Path) -> None:
    flip(path / "segment-1-0.sfx", 8 * 3000)
    with pytest.raises(IndexNotFoundError, match="no segment is sound"):
        repair(path)


# ---- shards ----

def test_shards_are_opened_as_one_and_the_loss_of_one_is_told(path: Path) -> None:
    documents = [Document(id=str(number), text=f"{POEM} and {number}", source="s") for number in range(9)] + [secret()]
    info = build(documents, path, shards=4)
    assert (info["shards"], info["documents"], info["lost"]) == (4, 10, [])
    add([Document(id="more", text=CODE, source="s", language="python")], path)
    whole = Filter.open(path)
    assert whole.check(SECRET).matches[0].provenance.document == "secret-id-4711" and whole.check("an innocent line").clean
    stated = manifest.read(path)["files"]
    home = next(name for name in stated if secret().source.encode() in (path / name).read_bytes())
    (path / home).unlink()
    closed = Filter.open(path)
    shard = stated[home]["shard"]
    verdict = closed.check("an innocent line")
    assert not verdict.clean and not verdict.scanned and verdict.action.name == "BLOCK"
    assert verdict.notes[0].startswith(f"shard {shard} of 4 is lost: ")
    assert closed.apply("an innocent line") == closed.policy.fallback
    assert "".join(closed.stream(["an innocent ", "line"])).endswith(closed.policy.fallback)
    policy = path.parent / "open.toml"
    policy.write_text("fail_open = true\n")
    opened = Filter.open(path, policy=policy)
    verdict = opened.check("an innocent line")
    assert not verdict.clean and verdict.action.name == "ALLOW" and verdict.notes
    assert not opened.check(f"{POEM} and 3").scanned and opened.check(f"{POEM} and 3").action.name == "BLOCK"
    assert "".join(opened.stream(["an innocent ", "line"])) == "an innocent line"
    assert Index.open(path).verify() == list(opened.index.lost) != []
    with pytest.raises(IndexDamagedError, match="lost"):
        add([poem("late")], path)
    assert repair(path)["lost"] == [home]
    assert Filter.open(path).check("an innocent line").clean


def test_no_shard_is_left(path: Path) -> None:
    build([poem(str(number)) for number in range(8)], path, shards=2)
    for file in path.glob("segment*"):
        file.write_bytes(b"")
    with pytest.raises(IndexDamagedError, match="no segment is left"):
        Index.open(path)


def test_what_was_removed_from_a_lost_shard_is_not_counted(path: Path) -> None:
    """Counts are those of the documents that are left, in the shards that are left."""
    documents = [Document(id=str(number), text=f"{POEM} and {number}", source="s") for number in range(12)]
    documents += [Document(id=f"code {number}", text=CODE + f"x{number} = {number}\n", source="s", language="python")
                  for number in range(12)]
    build(documents, path, shards=3)
    shards = {origin.document: shard for shard in range(3) for origin in Index.open(path, shard=shard).documents}
    gone = [name for number, name in enumerate(shards) if number % 3 == 0]
    remove(path, ids=gone)
    for name, file in manifest.read(path)["files"].items():
        if file["shard"] == 1:
            (path / name).unlink()
    left = [document for document in documents if document.id not in gone and shards[document.id] != 1]
    left.sort(key=lambda document: shards[document.id])
    build(left, path.parent / "left")
    lost, whole = Filter.open(path), Filter.open(path.parent / "left")
    assert lost.index.lost and len(lost.index) == len(whole.index) == len(left)
    for text, language in ((POEM, None), (CODE, "python"), (CODE.replace("quokka", "wallaby"), "python")):
        mine, theirs = (filter_.check(text, language=language) for filter_ in (lost, whole))
        assert (mine.matches, mine.set_aside) == (theirs.matches, theirs.set_aside) and (mine.matches or mine.set_aside)
