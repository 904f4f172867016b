"""MinHash signatures of texts, signed as they are read, and the same signatures as objects of datasketch.

Convention with datasketch: our values (32 bits, one permutation with rounds, docs/FORMATS.md) are its ``hashvalues``; ``seed`` says what
made them, `MinHasher.datasketch_seed`, so datasketch refuses to compare them with those of its own permutations or of other parameters.
Agreement of values estimates the Jaccard index there as here. `update` and, for sets of fewer shingles than values, `merge` of such
an object are meaningless.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from simfilter.dedup import tokens
from simfilter.dedup.sign import ordered
from simfilter.dedup.source import Texts
from simfilter.dedup.tokens import ShingleSets, TokenStreams
from simfilter.errors import ParameterError

if TYPE_CHECKING:
    from datasketch import LeanMinHash

SEED_BASE = int.from_bytes(b"simf", "big") << 32


@dataclass(frozen=True, slots=True)
class MinHasher:
    """Signatures of ``values`` values over shingles of ``shingle`` words, or of renamed tokens of the code ``language``.

    >>> hasher = MinHasher()
    >>> a, b = hasher.sign(["the quiet harbour kept its lamps alight", "The quiet harbour kept its LAMPS alight!"])
    >>> hasher.resemblance(a, b)
    1.0
    """

    values: int = 128
    shingle: int = 5
    seed: int = 0
    language: str | None = None
    threads: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.values <= 65536 or not 1 <= self.shingle <= 64 or not 0 <= self.seed < 1 << 64:
            raise ParameterError(f"need 1 to 65,536 values, shingles of 1 to 64 and a seed of 64 bits, got {self.values}, {self.shingle}, "
                                 f"{self.seed}")
        if self.language is not None:
            tokens.checked_language(self.language)

    def sign(self, texts: Iterable[str]) -> NDArray[np.uint32]:
        """Signatures [n, values] of n texts. A text without words has 0xffffffff everywhere."""
        given = texts if isinstance(texts, Sequence) else list(texts)
        parts = ordered(lambda stream: stream.sign(self.shingle, self.values, self.seed), self._streams(given), self.threads)
        return np.concatenate([np.empty((0, self.values), np.uint32), *parts])

    def sets(self, texts: Iterable[str]) -> ShingleSets:
        """The sets that are signed: what candidates are verified on."""
        found = [stream.sets(self.shingle) for stream in self._streams(texts if isinstance(texts, Sequence) else list(texts))]
        hashes = np.concatenate([np.empty(0, np.uint64), *(part.hashes for part in found)])
        sizes = np.concatenate([np.zeros(1, np.int64), *(part.sizes for part in found)])
        return ShingleSets(hashes, np.cumsum(sizes).astype(np.uint64))

    def _streams(self, texts: Sequence[str]) -> Iterable[TokenStreams]:
        for batch in Texts(texts).batches("text", ()):
            if self.language is None:
                yield tokens.words(batch.data, batch.offsets)
            else:
                yield tokens.renamed(batch.data, batch.offsets, [tokens.checked_language(self.language)] * len(batch))

    @staticmethod
    def resemblance(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> float:
        """The Jaccard index as two signatures estimate it."""
        return float((a == b).mean())

    @property
    def datasketch_seed(self) -> int:
        """The ``seed`` of our signatures as objects of datasketch: "simf", then xxh32 of what made them."""
        made_by = json.dumps([self.shingle, self.seed, self.language or "text"]).encode()
        return SEED_BASE | xxhash.xxh32_intdigest(made_by)

    def to_datasketch(self, signature: NDArray[np.uint32]) -> LeanMinHash:
        """A `datasketch.LeanMinHash`, which MinHashLSH, MinHashLSHForest and all of its storages take."""
        from datasketch import LeanMinHash

        known: dict[str, Any] = {"scheme": "legacy"} if "scheme" in inspect.signature(LeanMinHash).parameters else {}  # since datasketch 2
        return LeanMinHash(seed=self.datasketch_seed, hashvalues=signature.astype(np.uint64), **known)

    def from_datasketch(self, minhash: Any) -> NDArray[np.uint32]:
        """The signature in an object that `to_datasketch` made. Raises ParameterError for one of other parameters."""
        if minhash.seed != self.datasketch_seed or len(minhash.hashvalues) != self.values:
            raise ParameterError(f"the signature has {len(minhash.hashvalues)} values and seed {minhash.seed}, need {self.values} and "
                                 f"{self.datasketch_seed}")
        found: NDArray[np.uint32] = np.asarray(minhash.hashvalues).astype(np.uint32)
        return found
