"""MinHasher and LSHIndex: signing, finding, saving, and the way to datasketch and back."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from datasketch import LeanMinHash, MinHash, MinHashLSH

from simfilter.dedup import Bands, LSHIndex, MinHasher, choose_bands
from simfilter.errors import IndexDamagedError, IndexFormatError, IndexNotFoundError, ParameterError

WORDS = [f"w{number}" for number in range(400)]
TEXTS = [" ".join(WORDS[at : at + 120]) for at in range(0, 280, 4)]
HASHER = MinHasher()


def true_jaccard(a: int, b: int) -> float:
    shared = max(0, 116 - abs(a - b) * 4)
    return shared / (2 * 116 - shared)


def test_signatures_estimate_and_sets_know() -> None:
    signed = HASHER.sign(TEXTS)
    assert signed.shape == (len(TEXTS), 128) and signed.dtype == np.uint32
    sets = HASHER.sets(TEXTS)
    for other in (0, 1, 5, 20, 40):
        exact = sets.similarity(np.array([0], np.uint32), np.array([other], np.uint32))[0]
        assert exact == true_jaccard(0, other)
        assert abs(HASHER.resemblance(signed[0], signed[other]) - exact) < 0.16  # four standard errors
    assert (MinHasher(threads=2).sign(TEXTS * 80) == np.tile(signed, (80, 1))).all()
    assert (MinHasher(seed=1).sign(TEXTS[:1]) != signed[0]).mean() > 0.9
    assert HASHER.sign([]).shape == (0, 128)


def test_the_s_curve() -> None:
    assert choose_bands(0.8) == Bands(21, 6) and choose_bands(0.8).recall(0.8) == pytest.approx(0.9983, abs=1e-4)
    assert choose_bands(1.0).recall(1.0) == 1 and choose_bands(0.01) == Bands(128, 1)
    assert 0.999 < choose_bands(0.8).expected_recall(0.8) < 1


def test_add_query_remove(tmp_path: Path) -> None:
    signed = HASHER.sign(TEXTS)
    names = [f"näme {number}" for number in range(len(TEXTS))]
    index = LSHIndex(choose_bands(0.8))
    index.add(names[:40], signed[:40])
    index.save(tmp_path / "one.lsh")
    opened = LSHIndex.open(tmp_path / "one.lsh")
    for either in (index, opened):
        assert len(either) == 40 and names[0] in either and "nobody" not in either
        assert {names[0], names[1]} <= set(either.query(signed[0]))
        assert (either.signature(names[3]) == signed[3]).all()
        either.add(names[40:], signed[40:])
        assert names[41] in either.query(signed[42])
        either.remove(names[0])
        either.remove(names[41])
        assert names[0] not in either.query(signed[0]) and names[41] not in either.query(signed[41]) and len(either) == len(TEXTS) - 2
        with pytest.raises(KeyError):
            either.remove(names[0])
        with pytest.raises(ParameterError, match="näme 1"):
            either.add([names[1]], signed[1:2])
        either.add([names[0]], signed[:1])  # a name may come back
        assert names[0] in either.query(signed[0])
    opened.save(tmp_path / "two.lsh")
    again = LSHIndex.open(tmp_path / "two.lsh")
    assert len(again) == len(TEXTS) - 1
    for signature in signed:
        assert set(again.query(signature)) == set(index.query(signature))


def test_an_index_of_nothing(tmp_path: Path) -> None:
    LSHIndex(Bands(4, 2), 8).save(tmp_path / "none.lsh")
    opened = LSHIndex.open(tmp_path / "none.lsh")
    assert len(opened) == 0 and opened.query(np.zeros(8, np.uint32)) == []
    with pytest.raises(ParameterError):
        LSHIndex(Bands(4, 3), 8)
    with pytest.raises(ParameterError):
        opened.add(["x"], np.zeros((1, 9), np.uint32))
    with pytest.raises(ParameterError):
        opened.add(["x", "x"], np.zeros((2, 8), np.uint32))


def test_a_damaged_index_is_refused(tmp_path: Path) -> None:
    index = LSHIndex(choose_bands(0.8))
    index.add(["a", "b"], HASHER.sign(TEXTS[:2]))
    index.save(tmp_path / "good.lsh")
    good = (tmp_path / "good.lsh").read_bytes()
    with pytest.raises(IndexNotFoundError):
        LSHIndex.open(tmp_path / "nowhere.lsh")
    for at in range(0, len(good), 37):
        (tmp_path / "bad.lsh").write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(IndexFormatError):
            LSHIndex.open(tmp_path / "bad.lsh")
    (tmp_path / "bad.lsh").write_bytes(good[:-8])
    with pytest.raises(IndexDamagedError):
        LSHIndex.open(tmp_path / "bad.lsh")


def test_to_datasketch_and_back() -> None:
    signed = HASHER.sign(TEXTS)
    theirs = [HASHER.to_datasketch(row) for row in signed]
    assert all((HASHER.from_datasketch(sketch) == row).all() for sketch, row in zip(theirs, signed, strict=True))
    assert theirs[0].jaccard(theirs[5]) == HASHER.resemblance(signed[0], signed[5])
    stored = bytearray(theirs[0].bytesize())
    theirs[0].serialize(stored)
    assert (HASHER.from_datasketch(LeanMinHash.deserialize(stored)) == signed[0]).all()
    with pytest.raises(ValueError):
        theirs[0].jaccard(MinHasher(shingle=3).to_datasketch(signed[0]))  # other parameters, another seed
    with pytest.raises(ValueError):
        theirs[0].jaccard(LeanMinHash(MinHash(128)))
    with pytest.raises(ParameterError):
        HASHER.from_datasketch(LeanMinHash(MinHash(128)))


def fill(lsh: MinHashLSH) -> None:
    signed = HASHER.sign(TEXTS)
    own = LSHIndex(Bands(21, 6))
    own.add([str(number) for number in range(len(TEXTS))], signed)
    for number, row in enumerate(signed):
        lsh.insert(str(number), HASHER.to_datasketch(row))
    for row in signed:  # the same bands, the same answers
        assert sorted(lsh.query(HASHER.to_datasketch(row))) == sorted(own.query(row))


def test_datasketch_finds_what_we_find() -> None:
    fill(MinHashLSH(num_perm=128, params=(21, 6)))


def test_datasketch_on_redis(tmp_path: Path) -> None:
    pytest.importorskip("redis", reason="no redis client")
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("no redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
                               stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        fill(MinHashLSH(num_perm=128, params=(21, 6), storage_config={"type": "redis", "basename": b"simfilter",
                                                                      "redis": {"host": "127.0.0.1", "port": port}}))
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("options", [{"values": 0}, {"shingle": 0}, {"seed": -1}, {"language": "klingon"}])
def test_hashers_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        MinHasher(**options)  # type: ignore[arg-type]
