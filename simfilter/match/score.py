"""Score: how much a match weighs, in bits of surprise.

A token weighs minus log2 of its share of the protected corpus, or of the background where that is larger: rare words are evidence, common
ones are not. A token that was already seen inside the match is no surprise again, and figures are cheap: counting from 1 to 100 is long
and weighs nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.background import LEAST_TOKENS, Background
from simfilter.index.union import UnionStructure

MOST_BITS = 16.0
"""No single token counts for more: beyond that the corpus is too small to tell."""

FIGURE_BITS = 1.0

EDIT_BITS = 5.0
"""What a word put in, left out or changed takes from the bits of an edited copy. Fitted on regurg_synth against Bible passages that share
formulas: 0 instead of 5, at the same recall, lets 40 of 442 through instead of 15."""

PERIOD, MOST_PERIOD = 4, 16

RENAMED_SHARE = 0.5
"""Of the bits of an unbroken renamed run, each token foreseen by the two before it, that count: a third and a fourth foretell it too."""


WORTH = np.clip(np.arange(7) / 6, 0.3, 1).astype(np.float32)
"""Of a word by its size in bytes, from 6 on the last."""


def word_weights(starts: NDArray[np.uint32], ends: NDArray[np.uint32]) -> NDArray[np.float32]:
    """What words are worth to an alignment, .3 to 1 by their size in bytes: cheap, and near enough to their surprise."""
    weights = np.empty(len(starts), np.float32)
    _core.chain_weigh(starts, ends, WORTH, weights)
    return weights


class Frequencies:
    """How often the 1-, 2- and 3-grams of a text stand in the corpus, each looked up once."""

    def __init__(self, structure: UnionStructure, symbols: NDArray[np.uint32]) -> None:
        self.size, self.symbols = len(structure), symbols
        self._structure = structure
        self._known: dict[int, NDArray[np.int64]] = {}

    def __call__(self, n: int, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of the n-grams that begin at these tokens."""
        if n not in self._known:
            self._known[n] = np.full(len(self.symbols), -1, np.int64)
        known = self._known[n]
        new = positions[known[positions] < 0]
        if n == 1:
            distinct, inverse = np.unique(self.symbols[new], return_inverse=True)
            known[new] = self._structure.occurrences(distinct[:, None])[inverse]
        elif len(new):
            known[new] = self._structure.occurrences(self.symbols[new[:, None] + np.arange(n)])
        counts: NDArray[np.int64] = known[positions]
        return counts


def token_bits(frequencies: Frequencies, name: str, positions: NDArray[np.int64], cheap: NDArray[np.bool_],
               background: Background | None = None) -> NDArray[np.float64]:
    """Bits of the n tokens of a text at the ascending ``positions[n]``; ``cheap[n]`` marks figures, ``name`` is the structure's in the
    background."""
    distinct, first, inverse = np.unique(frequencies.symbols[positions], return_index=True, return_inverse=True)
    return bits_of_counts(frequencies(1, positions)[first], frequencies.size, distinct, inverse, name, cheap, background)


def bits_of_counts(counts: NDArray[np.int64], size: int, distinct: NDArray[np.uint32], inverse: NDArray[np.int64], name: str,
                   cheap: NDArray[np.bool_], background: Background | None = None) -> NDArray[np.float64]:
    """Bits of each of n tokens ``distinct[inverse[n]]``, each of which stands ``counts`` times among the ``size`` of the corpus."""
    shares = np.maximum(counts, 1) / max(size, LEAST_TOKENS)
    if background is not None:
        shares = np.maximum(shares, background.shares(name, distinct))
    bits: NDArray[np.float64] = np.minimum(-np.log2(shares), MOST_BITS)[inverse]
    bits[cheap] = np.minimum(bits[cheap], FIGURE_BITS)
    return said_again(bits, inverse)


def said_again(bits: NDArray[np.float64], symbols: NDArray[Any]) -> NDArray[np.float64]:
    """``bits[n]`` of the ``symbols[n]`` of a text, less for one the text itself has made likely."""
    seen: Counter[int] = Counter()
    for position, symbol in enumerate(symbols.tolist()):
        if seen[symbol]:
            bits[position] = min(bits[position], math.log2((position + 1) / seen[symbol]) + 1)
        seen[symbol] += 1
    return bits


def foreseen(frequencies: Frequencies, positions: NDArray[np.int64], bits: NDArray[np.float64], versions: int) -> NDArray[np.float64]:
    """Bits of each of n tokens once the one or two before it are known: what follows `and it came to` is no surprise.

    The chance of a token is that of its 2-gram, or 3-gram, among all that begin like it; the source and its near-equal ``versions`` are
    not counted. Tokens stand at the ascending ``positions[n]`` of the text; only neighbours foretell.
    """
    bits = bits.copy()
    chance = np.exp2(-bits)
    for n in (2, 3):
        first = np.flatnonzero(positions[n - 1 :] - positions[: len(positions) - n + 1] == n - 1)
        if not len(first):
            break
        begun, whole = (np.maximum(frequencies(size, positions[first]) - versions, 0) for size in (n - 1, n))
        last = first + n - 1
        bits[last] = np.minimum(bits[last], -np.log2(np.minimum((whole + chance[last]) / (begun + 1), 1)))
    return bits


def periodic(symbols: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which of n tokens end a run of PERIOD that stood before among them: the further rows of a table say nothing new."""
    seen: set[bytes] = set()
    result = np.zeros(len(symbols), bool)
    for end in range(PERIOD, len(symbols) + 1):
        run = symbols[end - PERIOD : end].tobytes()
        result[end - 1] = run in seen
        seen.add(run)
    return result


def tabular(symbols: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which of n tokens end a run of PERIOD that stood at most MOST_PERIOD tokens before as well: the rows of a table."""
    result = np.zeros(len(symbols), bool)
    for lag in range(1, min(MOST_PERIOD, len(symbols) - PERIOD) + 1):
        same = symbols[lag:] == symbols[:-lag]
        result[lag + PERIOD - 1 :] |= same[3:] & same[2:-1] & same[1:-2] & same[:-3]
    return result


def rows_in(symbols: NDArray[np.uint32], first: NDArray[Any], length: NDArray[Any]) -> NDArray[np.int64]:
    """How many of the ``length[m]`` tokens from ``first[m]`` on are `tabular`."""
    before = np.append(0, np.cumsum(tabular(symbols)))
    begin = first.astype(np.int64)
    rows: NDArray[np.int64] = before[begin + length] - before[begin]
    return rows
