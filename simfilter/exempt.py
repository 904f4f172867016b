"""Exemption: query tokens that anybody may repeat, because the user supplied them or they are boilerplate.

All kinds are the same thing, a set of k-grams: those of the prompt, of allow-listed texts, of the corpus's licence files, and of the
licence texts known to the package. A token is exempt when a k-gram that covers it is in a set; what is left of a match must carry it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.index.structure import KGRAM_LENGTH, any_hit, build_filter, kgram_hashes
from simfilter.match import Stream, streams
from simfilter.views import read
from simfilter.views.tokens import PUBLIC_KEY

RUN = 6
"""k-grams in a row that must be known before their tokens are exempt."""


@dataclass(frozen=True, slots=True, eq=False)
class Exemption:
    """k-grams, in filters for each structure, that do not count; ``reason`` says why."""

    reason: str
    filters: dict[str, list[_core.NgramFilter]]

    @classmethod
    def of_texts(cls, texts: Iterable[str], reason: str, key: bytes) -> Exemption:
        """Exempt what stands in ``texts``."""
        hashes: dict[str, list[NDArray[np.uint64]]] = {name: [] for name in KGRAM_LENGTH}
        for text in texts:
            for stream in streams(read(text, key=key)):
                hashes[stream.structure].append(kgram_hashes(stream.symbols, KGRAM_LENGTH[stream.structure]))
        return cls(reason, {name: [_core.NgramFilter(build_filter(np.concatenate(found)))]
                            for name, found in hashes.items() if found})

    def covers(self, stream: Stream) -> NDArray[np.bool_]:
        """For each token of the stream whether it is exempt."""
        k = KGRAM_LENGTH[stream.structure]
        exempt = np.zeros(len(stream.symbols), bool)
        known = self.filters.get(stream.structure)
        if known is None or len(exempt) < k:
            return exempt
        hits = any_hit(known, kgram_hashes(stream.symbols, k))
        if hits is not None:
            # Only runs of hits count: a filter errs on one k-gram in a hundred, hardly ever on RUN in a row.
            inside = np.lib.stride_tricks.sliding_window_view(np.pad(hits, RUN - 1), RUN).all(axis=1)
            where = np.flatnonzero(inside)
            for offset in range(k + RUN - 1):
                exempt[where[where + offset - RUN + 1 < len(exempt)] + offset - RUN + 1] = True
        return exempt


def supplied(prompt: str) -> Exemption:
    """What the user supplied."""
    return Exemption.of_texts([prompt], "supplied by the prompt", PUBLIC_KEY)


@cache
def common_sequences() -> Exemption:
    """Counting, the alphabet, days and months: long, and nobody's."""
    text = files("simfilter").joinpath("data/sequences.txt").read_text("utf-8")
    return Exemption.of_texts(text.split("\n\n"), "boilerplate: a common sequence", PUBLIC_KEY)


@cache
def known_licences() -> Exemption | None:
    """The k-grams of published licence texts, as made when the package was built; None when it was built without them."""
    path = files("simfilter").joinpath("data/licences.filter")
    if not path.is_file():
        return None
    packed = np.frombuffer(path.read_bytes(), np.uint8)
    return Exemption("boilerplate: a published licence", {"text": [_core.NgramFilter(packed)]})
