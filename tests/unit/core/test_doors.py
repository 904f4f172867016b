"""The doors: every status becomes its exception, arrays of the wrong kind or size are refused, threads share what is read-only."""

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from simfilter import _core
from simfilter._core.status import STATUS_COUNT, raise_status
from simfilter.errors import CapacityError, IndexDamagedError, ParameterError
from simfilter.views.tokens import PUBLIC_KEY

U8, U32, U64, I64, F32, F64 = np.uint8, np.uint32, np.uint64, np.int64, np.float32, np.float64
CHAIN_COSTS = (0.1, 9, 1.0, 1.0, 4, 1.0, 0.1, 0.1, 4)


def test_every_status_is_an_exception() -> None:
    expected = [None, ParameterError, CapacityError, MemoryError, IndexDamagedError]
    assert len(expected) == STATUS_COUNT
    raise_status(0)
    for code, error in enumerate(expected[1:], 1):
        with pytest.raises(error, match="."):
            raise_status(code)


def z(kind: type, *shape: int) -> np.ndarray:
    return np.zeros(shape, kind)


def at(*offsets: int) -> np.ndarray:
    return np.array(offsets, U64)


def suffix() -> "_core.Suffix":
    symbols = np.array([1, 2, 1, 2, 0], U32)
    order = np.empty(5, np.int32)
    _core.suffix_build(symbols, order)
    return _core.Suffix(symbols, order)


def row(count: int = 2, **changed: np.ndarray) -> "_core.StatementRow":
    """Statements of one token each."""
    columns = {"lexemes": np.ones(count, U32), "classes": z(U8, count), "first": np.arange(count, dtype=U32), "length": np.ones(count, U8),
               "hashes": np.arange(1, count + 1, dtype=U32)}
    return _core.StatementRow(**(columns | changed))


CLONE_COSTS = (0.7, 2.5, 2.0, 8.0, 6.0, 5.0, 4, 2)


def cut(source: bytes = b"ab", **changed: np.ndarray) -> int:
    columns = {"starts": np.arange(2, dtype=U32), "ends": np.arange(1, 3, dtype=U32), "classes": z(U8, 2), "scratch": z(U8, 2),
               "first": z(U32, 2), "length": z(U8, 2)} | changed
    return _core.statement_cut(source, columns["starts"], columns["ends"], columns["classes"], 31, columns["scratch"], columns["first"],
                               columns["length"])


def statement_hash(lexemes: int = 2, classes: int = 2, first: tuple[int, ...] = (0,), length: tuple[int, ...] = (2,),
                   room: int = 1) -> None:
    _core.statement_hash(z(U32, lexemes), z(U8, classes), np.array(first, U32), np.array(length, U8), z(U32, room))


def statement_pair(first: tuple[int, ...] = (0, 1), length: tuple[int, ...] = (1, 1), a: tuple[int, ...] = (0,), b: tuple[int, ...] = (1,),
                   room: int = 1, classes: int = 2) -> None:
    _core.statement_pair(z(U32, 2), z(U8, classes), np.array(first, U32), np.array(length, U8), np.array(a, U32), np.array(b, U32),
                         z(U32, room))


def clone(query: "_core.StatementRow", source: "_core.StatementRow", *, weight: int = 2, mate: int = 2, bits: int = 2,
          costs: tuple = CLONE_COSTS) -> float:
    return _core.clone_align(query, source, np.ones(weight, F32), costs, z(U32, mate), z(F32, bits))


def may_reach(source: int = 3, there: tuple[int, ...] = (0, 1), length: tuple[int, ...] = (1, 1), room: int = 2) -> None:
    _core.rename_may_reach(z(U32, 3), z(U8, 3), z(U32, source), np.ones(1, U32), z(U32, 2), at(*there), np.array(length, U32), 3,
                           z(U8, room))


def unpack(lengths: int = 3, checkpoints: int = 1, exceptions: tuple[int, ...] = (), first: int = 0, last: int = 3, room: int = 3) -> None:
    _core.position_unpack(z(U8, 3), z(U8, lengths), z(U64, checkpoints), at(*exceptions), first, last, z(I64, room), z(I64, room))


REFUSED = {
    "kgram: k 0": (ParameterError, lambda: _core.kgram_hash(z(U32, 3), 0, 0, z(U64, 3))),
    "kgram: no room": (CapacityError, lambda: _core.kgram_hash(z(U32, 3), 2, 0, z(U64, 1))),
    "kgram: wrong dtype": (ValueError, lambda: _core.kgram_hash(z(U64, 3), 2, 0, z(U64, 2))),
    "kgram: no array": (TypeError, lambda: _core.kgram_hash(None, 2, 0, z(U64, 2))),
    "kgram: read-only": (ValueError, lambda: _core.kgram_hash(z(U32, 3), 2, 0, np.frombuffer(bytes(16), U64))),
    "filter: size": (CapacityError, lambda: _core.filter_build(z(U64, 3), z(U8, 3))),
    "filter: bytes": (IndexDamagedError, lambda: _core.NgramFilter(z(U8, 64))),
    "filter: empty": (IndexDamagedError, lambda: _core.NgramFilter(z(U8, 0))),
    "minhash: offsets": (ParameterError, lambda: _core.minhash_sign(z(U64, 3), np.array([0, 4], U64), 0, z(U32, 1, 8))),
    "minhash: offsets descend": (ParameterError, lambda: _core.minhash_sign(z(U64, 3), np.array([2, 1], U64), 0, z(U32, 1, 8))),
    "minhash: rows": (CapacityError, lambda: _core.minhash_sign(z(U64, 3), np.array([0, 3], U64), 0, z(U32, 2, 8))),
    "minhash: no values": (ParameterError, lambda: _core.minhash_sign(z(U64, 3), np.array([0, 3], U64), 0, z(U32, 1, 0))),
    "lsh: too many": (ParameterError, lambda: _core.lsh_bands(z(U32, 1, 8), 3, 3, z(U64, 1, 3))),
    "rename: sizes": (CapacityError, lambda: _core.rename(z(U32, 3), z(U8, 2), 32, PUBLIC_KEY, z(U32, 3))),
    "rename: key": (ParameterError, lambda: _core.rename(z(U32, 3), z(U8, 3), 32, b"short", z(U32, 3))),
    "rename: anchor": (ParameterError, lambda: _core.rename_extend(z(U32, 3), z(U8, 3), z(U32, 3), z(U8, 3), 2, 2, 2)),
    "rename: may": (CapacityError, lambda: may_reach(room=1)),
    "rename: run outside": (ParameterError, lambda: may_reach(length=(1, 3))),
    "rename: source outside": (ParameterError, lambda: may_reach(there=(0, 9))),
    "rename: nothing to stand in": (ParameterError, lambda: may_reach(source=0)),
    "position: columns": (CapacityError, lambda: unpack(lengths=2)),
    "position: checkpoints": (CapacityError, lambda: unpack(checkpoints=0)),
    "position: outside": (ParameterError, lambda: unpack(last=4, room=4)),
    "position: no room": (CapacityError, lambda: unpack(room=2)),
    "position: documents": (CapacityError, lambda: _core.position_documents(z(U64, 1), z(U64, 2), z(I64, 1))),
    "position: negative": (OverflowError, lambda: unpack(first=-1)),
    "position: exceptions": (IndexDamagedError, lambda: unpack(exceptions=(1, 5, 6, 1, 5, 6))),
    "suffix: sizes": (CapacityError, lambda: _core.suffix_build(z(U32, 3), z(np.int32, 2))),
    "suffix: view sizes": (CapacityError, lambda: _core.Suffix(z(U32, 3), z(np.int32, 2))),
    "suffix: outside": (IndexDamagedError, lambda: _core.Suffix(np.ones(3, U32), np.full(3, 9, np.int32)).find(np.ones(2, U32))),
    "suffix: no length": (ParameterError, lambda: _core.suffix_mems([suffix()], z(U64, 1), z(U32, 3), 0, 1, z(U32, 1), z(U64, 1),
                                                                    z(U32, 1))),
    "suffix: counts": (CapacityError, lambda: suffix().counts(z(U32, 2, 3), z(I64, 1))),
    "suffix: counts of nothing": (ParameterError, lambda: suffix().counts(z(U32, 2, 0), z(I64, 2))),
    "suffix: documents": (CapacityError, lambda: suffix().documents(0, 5, z(U64, 1), None, 9)),
    "chain: sizes": (CapacityError, lambda: _core.chain(z(U32, 2), z(U64, 1), z(U32, 2), z(F32, 2), 0.1, 9, z(U32, 2))),
    "chain: copies": (CapacityError, lambda: _core.chain_propose(z(U32, 2), z(U64, 2), z(U32, 2), z(I64, 2), z(F32, 9),
                                                                CHAIN_COSTS, z(U32, 2, 2), z(F64, 2))),
    "chain: outside": (ParameterError, lambda: _core.chain_propose(z(U32, 1) + U32(8), z(U64, 1), z(U32, 1) + U32(2), z(I64, 1), z(F32, 9),
                                                                  CHAIN_COSTS, z(U32, 3, 1), z(F64, 1))),
    "chain: weigh": (CapacityError, lambda: _core.chain_weigh(z(U32, 2), z(U32, 2), z(F32, 0), z(F32, 2))),
    "chain: order": (ParameterError, lambda: _core.chain(np.array([2, 1], U32), z(U64, 2), z(U32, 2), z(F32, 2), 0.1, 9, z(U32, 2))),
    "align: shapes": (CapacityError, lambda: _core.align(z(U32, 2), z(F32, 2), z(U32, 2), z(U32, 2, 1), 1, 1, 1, z(U32, 3, 9))),
    "align: anchor": (ParameterError, lambda: _core.align(z(U32, 2), z(F32, 2), z(U32, 2), np.full((3, 1), 3, U32), 1, 1, 1, z(U32, 3, 9))),
    "shingle: offsets": (ParameterError, lambda: _core.shingle_tokenize(b"abc", at(0, 4), PUBLIC_KEY, z(U32, 9), z(U64, 2))),
    "shingle: offsets descend": (ParameterError, lambda: _core.shingle_tokenize(b"abc", at(0, 3, 2), PUBLIC_KEY, z(U32, 9), z(U64, 3))),
    "shingle: no offsets": (CapacityError, lambda: _core.shingle_tokenize(b"", z(U64, 0), PUBLIC_KEY, z(U32, 0), z(U64, 0))),
    "shingle: key": (ParameterError, lambda: _core.shingle_tokenize(b"abc", at(0, 3), b"short", z(U32, 9), z(U64, 2))),
    "shingle: no room": (CapacityError, lambda: _core.shingle_tokenize(b"a b c d", at(0, 7), PUBLIC_KEY, z(U32, 2), z(U64, 2))),
    "shingle: sign rows": (CapacityError, lambda: _core.shingle_sign(z(U32, 3), at(0, 3), 2, 0, 0, z(U32, 2, 8))),
    "shingle: sign k 0": (ParameterError, lambda: _core.shingle_sign(z(U32, 3), at(0, 3), 0, 0, 0, z(U32, 1, 8))),
    "shingle: set offsets": (CapacityError, lambda: _core.shingle_sets(z(U32, 3), at(0, 3), 2, 0, z(U64, 3), z(U64, 1))),
    "shingle: sets no room": (CapacityError, lambda: _core.shingle_sets(np.arange(1, 9, dtype=U32), at(0, 8), 2, 0, z(U64, 1), z(U64, 2))),
    "shingle: pairs": (ParameterError, lambda: _core.shingle_pairs(z(U64, 3), at(0, 3), z(U32, 1), np.ones(1, U32), z(U32, 1))),
    "shingle: pair sizes": (CapacityError, lambda: _core.shingle_pairs(z(U64, 3), at(0, 3), z(U32, 2), z(U32, 1), z(U32, 1))),
    "squeeze: offsets": (ParameterError, lambda: _core.squeeze(b"abc", at(2, 1), z(U8, 9), z(U64, 2))),
    "squeeze: no room": (CapacityError, lambda: _core.squeeze(b"abc", at(0, 3), z(U8, 2), z(U64, 2))),
    "cluster: outside": (ParameterError, lambda: _core.cluster_join(z(U32, 1), np.ones(1, U32), z(U32, 1))),
    "cluster: sizes": (CapacityError, lambda: _core.cluster_join(z(U32, 1), z(U32, 1), z(U32, 2))),
    "cluster: parent above": (ParameterError, lambda: _core.cluster_roots(np.ones(1, U32))),
    "repeat: sizes": (CapacityError, lambda: _core.repeat_windows(z(U32, 3), z(np.int32, 2), 2, 1, z(U32, 1), z(U32, 1))),
    "repeat: outside": (IndexDamagedError, lambda: _core.repeat_windows(z(U32, 1), np.full(1, -1, np.int32), 2, 1, z(U32, 1), z(U32, 1))),
    "repeat: k 0": (ParameterError, lambda: _core.repeat_windows(z(U32, 1), z(np.int32, 1), 0, 1, z(U32, 1), z(U32, 1))),
    "operand: shapes": (CapacityError, lambda: _core.operand_order(b"ab", z(U32, 2), z(U32, 2), z(U8, 1), z(U32, 2), z(U32, 1), z(U8, 1), 1,
                                                                   2, z(U32, 2), z(U32, 2))),
    "operand: outside": (ParameterError, lambda: _core.operand_order(b"ab", z(U32, 1), np.full(1, 3, U32), z(U8, 1), z(U32, 1), z(U32, 0),
                                                                     z(U8, 0), 1, 2, z(U32, 1), z(U32, 1))),
    "statement: ends": (CapacityError, lambda: cut(ends=z(U32, 1))),
    "statement: classes": (CapacityError, lambda: cut(classes=z(U8, 3))),
    "statement: scratch": (CapacityError, lambda: cut(scratch=z(U8, 1))),
    "statement: first": (CapacityError, lambda: cut(first=z(U32, 1))),
    "statement: length": (CapacityError, lambda: cut(length=z(U8, 1))),
    "statement: source": (ParameterError, lambda: cut(b"a")),
    "statement: no source": (ParameterError, lambda: cut(b"")),
    "statement: descends": (ParameterError, lambda: cut(starts=np.array([1, 0], U32))),
    "statement: wrong dtype": (ValueError, lambda: cut(starts=z(U64, 2))),
    "statement: no array": (TypeError, lambda: cut(None)),  # type: ignore[arg-type]
    "statement: read-only": (ValueError, lambda: cut(first=np.frombuffer(bytes(8), U32))),
    "statement hash: classes": (CapacityError, lambda: statement_hash(classes=1)),
    "statement hash: lengths": (CapacityError, lambda: statement_hash(length=(1, 1))),
    "statement hash: no room": (CapacityError, lambda: statement_hash(room=0)),
    "statement hash: beyond": (ParameterError, lambda: statement_hash(first=(1,))),
    "statement hash: no tokens": (ParameterError, lambda: statement_hash(0, 0)),
    "statement hash: too long": (ParameterError, lambda: statement_hash(99, 99, length=(65,))),
    "statement pair: classes": (CapacityError, lambda: statement_pair(classes=3)),
    "statement pair: lengths": (CapacityError, lambda: statement_pair(length=(1,))),
    "statement pair: halves": (CapacityError, lambda: statement_pair(b=(0, 1))),
    "statement pair: no room": (CapacityError, lambda: statement_pair(room=0)),
    "statement pair: unknown": (ParameterError, lambda: statement_pair(a=(2,))),
    "statement pair: unknown second": (ParameterError, lambda: statement_pair(b=(2,))),
    "statement pair: beyond": (ParameterError, lambda: statement_pair(first=(2, 1))),
    "statement pair: none": (ParameterError, lambda: statement_pair((), ())),
    "clone: row classes": (CapacityError, lambda: row(classes=z(U8, 1))),
    "clone: row lengths": (CapacityError, lambda: row(length=z(U8, 3))),
    "clone: row hashes": (CapacityError, lambda: row(hashes=z(U32, 1))),
    "clone: row without": (TypeError, lambda: row(first=None)),  # type: ignore[arg-type]
    "clone: weights": (CapacityError, lambda: clone(row(), row(), weight=1)),
    "clone: more weights": (CapacityError, lambda: clone(row(), row(), weight=3)),
    "clone: mates": (CapacityError, lambda: clone(row(), row(), mate=1)),
    "clone: bits": (CapacityError, lambda: clone(row(), row(), bits=1)),
    "clone: no row": (TypeError, lambda: clone(row(), None)),  # type: ignore[arg-type]
    "clone: costs": (CapacityError, lambda: clone(row(), row(), costs=CLONE_COSTS[:7])),
    "clone: no costs": (CapacityError, lambda: clone(row(), row(), costs=())),
    "clone: cost of another kind": (TypeError, lambda: clone(row(), row(), costs=(*CLONE_COSTS[:7], "2"))),
    "clone: negative count": (OverflowError, lambda: clone(row(), row(), costs=(*CLONE_COSTS[:7], -1))),
    "clone: query beyond": (ParameterError, lambda: clone(row(first=np.full(2, 2, U32)), row())),
    "clone: source beyond": (ParameterError, lambda: clone(row(), row(length=np.full(2, 2, U8)))),
    "clone: query too long": (ParameterError, lambda: clone(row(2049), row(), weight=2049, mate=2049, bits=2049)),
    "clone: source too long": (ParameterError, lambda: clone(row(), row(2049))),
    "symbols: outside": (ParameterError, lambda: _core.symbol_hash_spans(b"abc", z(U32, 1), np.full(1, 4, U32), PUBLIC_KEY, z(U32, 1))),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    error, call = REFUSED[case]
    with pytest.raises(error):
        call()


def test_empty_arrays_are_fine() -> None:
    none = z(U32, 0)
    _core.kgram_hash(none, 4, 0, z(U64, 0))
    _core.suffix_build(none, z(np.int32, 0))
    assert _core.Suffix(none, z(np.int32, 0)).find(np.ones(1, U32)) == (0, 0)
    _core.rename(none, z(U8, 0), 32, PUBLIC_KEY, none)
    _core.position_unpack(z(U8, 0), z(U8, 0), z(U64, 0), z(U64, 0), 0, 0, z(I64, 0), z(I64, 0))
    _core.rename_may_reach(none, z(U8, 0), none, none, none, z(U64, 0), none, 3, z(U8, 0))
    assert _core.chain(none, z(U64, 0), none, z(F32, 0), 0.1, 9, none) == 0
    assert _core.align(none, z(F32, 0), none, z(U32, 3, 1), 1, 1, 1, z(U32, 3, 9)) == 0
    assert _core.statement_cut(b"", none, none, z(U8, 0), 31, z(U8, 0), none.copy(), z(U8, 0)) == 0
    _core.statement_hash(none, z(U8, 0), none, z(U8, 0), none.copy())
    _core.statement_pair(none, z(U8, 0), none, z(U8, 0), none, none, none.copy())
    assert clone(row(0), row(), weight=0, mate=0, bits=0) == clone(row(0), row(0), weight=0, mate=0, bits=0) == 0
    empty = z(U8, _core.filter_size(0))
    _core.filter_build(z(U64, 0), empty)
    assert _core.NgramFilter(empty).contains(np.arange(5, dtype=U64), z(U8, 5)) == 0


def test_a_query_without_a_source_has_no_mates() -> None:
    mate, bits = np.full(2, 7, U32), np.full(2, 7, F32)
    assert _core.clone_align(row(), row(0), np.ones(2, F32), CLONE_COSTS, mate, bits) == 0
    assert (mate == _core.CLONE_NONE).all() and (bits == 0).all()


def test_views_keep_their_arrays_alive() -> None:
    found, statements = suffix(), row()
    gc.collect()
    assert [z(U8, 1000) for _ in range(100)] and found.find(np.array([1, 2], U32))[1] == 3
    assert clone(statements, statements) > 0


def test_threads_get_the_same_answers() -> None:
    rng = np.random.default_rng(1)
    symbols = rng.integers(1, 9, 5000).astype(U32)
    order = np.empty(len(symbols), np.int64)
    _core.suffix_build(symbols, order)
    index = _core.Suffix(symbols, order)

    def ask(at: int) -> list[tuple[int, int]]:
        return [index.find(symbols[place : place + 6]) for place in range(at, at + 400)]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(0, 4000, 400))) == [ask(at) for at in range(0, 4000, 400)]
