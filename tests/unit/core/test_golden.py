"""Values that must never change: stored indices, and filters shipped alone, are read with them. Made by the first release.

To add one, leave its value out of values.json and run this file: the assertion shows it.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import xxhash

from simfilter import _core
from simfilter.index.structure import build_filter, kgram_hashes
from simfilter.views.code import code_tokens
from simfilter.views.statements import Statements, pair_hashes
from simfilter.views.text import tokenize
from simfilter.views.tokens import PUBLIC_KEY

VALUES = json.loads((Path(__file__).parents[2] / "golden" / "values.json").read_text("utf-8"))
TEXT = "The Quick brown ﬁsh — jum-\nped over 漢字 1,000 Ｌazy dogs; раypal.".encode()
CODE = b"def f(a, b):\n    return a + b * 12 - a  # sum\n"
OPERANDS = b"def f(a, b):\n    return a.b > 12 * b and a(1) != b\n"
SYMBOLS = np.arange(1, 40, dtype=np.uint32)


def signature() -> np.ndarray:
    values = np.empty((1, 16), np.uint32)
    _core.minhash_sign(kgram_hashes(SYMBOLS, 4), np.array([0, 36], np.uint64), 0, values)
    return values


def bands() -> np.ndarray:
    keys = np.empty((1, 4), np.uint64)
    _core.lsh_bands(signature(), 4, 4, keys)
    return keys


def forms(code: bytes, *more: str) -> Statements:
    return code_tokens(code, "python", key=PUBLIC_KEY, normalize=("layout", "literals", "modifiers", *more)).statements


def pairs(code: bytes, *more: str) -> np.ndarray:
    return pair_hashes(forms(code, *more), np.array([0, 1], np.uint32), np.array([1, 0], np.uint32))


MADE = {
    "text symbols": lambda: tokenize(TEXT).symbols.tolist(),
    "text starts": lambda: tokenize(TEXT).starts.tolist(),
    "renamed symbols": lambda: code_tokens(CODE, "python", key=PUBLIC_KEY).renamed.tolist(),
    "lexeme symbols": lambda: code_tokens(CODE, "python", key=PUBLIC_KEY).lexemes.tolist(),
    "statement hashes": lambda: forms(CODE).hashes.tolist(),
    "pair hashes": lambda: pairs(CODE).tolist(),
    "statement hashes, operands in order": lambda: forms(OPERANDS, "operands").hashes.tolist(),
    "pair hashes, operands in order": lambda: pairs(OPERANDS, "operands").tolist(),
    "kgram hashes": lambda: kgram_hashes(SYMBOLS, 4)[:6].tolist(),
    "filter digest": lambda: xxhash.xxh3_64_hexdigest(build_filter(kgram_hashes(SYMBOLS, 4)).tobytes()),
    "minhash signature": lambda: signature()[0].tolist(),
    "lsh keys": lambda: bands()[0].tolist(),
}


@pytest.mark.parametrize("name", MADE)
def test_golden(name: str) -> None:
    assert MADE[name]() == VALUES.get(name)
