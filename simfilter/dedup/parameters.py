"""What a deduplication is asked to do, and how well its candidates are found: the S-curve of b bands of r rows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property

import xxhash

from simfilter.errors import ParameterError

SIGNATURE_LIMIT = 128
"""Values of a signature: 128 give an estimate with a standard error of .035 at a resemblance of .8."""

RECALL = 0.995
"""Of pairs just at the threshold that bands chosen by simfilter propose at least; pairs above it are found more often still."""


class Level(StrEnum):
    """What counts as a repetition: the same text, much the same shingles, the same run of tokens."""

    EXACT = "exact"
    NEAR = "near"
    SUBSTRING = "substring"


class Metric(StrEnum):
    """Of two shingle sets: common to all (resemblance), or common to those of the smaller (containment)."""

    JACCARD = "jaccard"
    CONTAINMENT = "containment"


class Action(StrEnum):
    """What becomes of a repetition: its row is left out, told in new columns, its spans are cut out of the text, or it is only reported."""

    DROP = "drop"
    MARK = "mark"
    CUT = "cut"
    REPORT = "report"


class Unit(StrEnum):
    """What repeated spans are counted in: tokens (words, or code tokens where a language is stated), or bytes of UTF-8 as they are."""

    TOKENS = "tokens"
    BYTES = "bytes"


class Normalise(StrEnum):
    """What the exact level takes for the same text: the same bytes; the same but for white space; the same words (text view)."""

    NONE = "none"
    SPACE = "space"
    WORDS = "words"


class Cluster(StrEnum):
    """CHAIN joins whatever hangs together; DIRECT removes a row only if it is similar enough to the very row that is kept."""

    CHAIN = "chain"
    DIRECT = "direct"


@dataclass(frozen=True)
class Parameters:
    """All that decides which rows stay. Raises ParameterError for what makes no sense.

    ``threshold`` is the least similarity of two duplicates under ``metric``, over shingles of ``shingle`` tokens. ``bands`` and ``rows``
    cut signatures for LSH; by default `choose_bands` takes them from the threshold. ``run`` is the least length of a repeated span in
    ``unit``, tokens or bytes, ``times`` how often a span may stand before it counts; with `Action.DROP` a row goes when ``covered`` of it
    is in spans. Of each cluster ``copies`` rows stay, of each value of the column ``by`` if that is given. ``keep`` prefers the "first",
    the "longest", or the row with the largest ("max:COLUMN") or smallest ("min:COLUMN") value. ``language`` makes shingles of renamed code
    tokens instead of words: the name of a language, or "column:NAME", or "extension". ``seed`` is that of signatures.

    >>> Parameters(threshold=0.8).lsh
    Bands(bands=21, rows=6)
    >>> round(Parameters(threshold=0.8).lsh.recall(0.8), 4)
    0.9983
    """

    levels: tuple[Level, ...] = (Level.EXACT, Level.NEAR)
    threshold: float = 0.8
    metric: Metric = Metric.JACCARD
    action: Action = Action.DROP
    text: str = "text"
    shingle: int = 5
    bands: int | None = None
    rows: int | None = None
    seed: int = 0
    normalise: Normalise = Normalise.SPACE
    cluster: Cluster = Cluster.CHAIN
    keep: str = "first"
    copies: int = 1
    by: str | None = None
    run: int = 50
    unit: Unit = Unit.TOKENS
    times: int = 1
    covered: float = 0.5
    language: str | None = None

    def __post_init__(self) -> None:
        def need(fine: bool, what: str) -> None:
            if not fine:
                raise ParameterError(what)

        object.__setattr__(self, "levels", tuple(level for level in Level if level in {Level(name) for name in self.levels}))
        for name, kind in (("metric", Metric), ("action", Action), ("normalise", Normalise), ("cluster", Cluster),
                           ("unit", Unit)):
            object.__setattr__(self, name, kind(getattr(self, name)))
        need(bool(self.levels), "need at least one level of exact, near, substring")
        need(0 < self.threshold <= 1, f"need 0 < threshold <= 1, got {self.threshold}")
        need(1 <= self.shingle <= 64, f"need shingles of 1 to 64 tokens, got {self.shingle}")
        need((self.bands is None) == (self.rows is None), "give bands and rows, or neither")
        need(1 <= (self.bands or 1) <= 1024 and 1 <= (self.rows or 1) <= 64, f"need 1 to 1,024 bands of 1 to 64 rows, got {self.bands}"
                                                                               f" of {self.rows}")
        need(0 <= self.seed < 1 << 64, f"need a seed of 64 bits, got {self.seed}")
        need(self.copies >= 1, f"need to keep at least 1 copy, got {self.copies}")
        need(self.run >= 2, f"need runs of at least 2, got {self.run}")
        need(self.times >= 1, f"need times >= 1, got {self.times}")
        need(0 < self.covered <= 1, f"need 0 < covered <= 1, got {self.covered}")
        need(self.keep in ("first", "longest") or (self.keep[:4] in ("min:", "max:") and len(self.keep) > 4),
             f"keep {self.keep!r}: need first, longest, min:COLUMN or max:COLUMN")

    @cached_property
    def lsh(self) -> Bands:
        """The bands in force."""
        return Bands(self.bands, self.rows) if self.bands and self.rows else choose_bands(self.threshold)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the input that the decision looks at besides the text."""
        kept = self.keep.partition(":")[2]
        language = self.language.partition(":")[2] if self.language and self.language.startswith("column:") else ""
        return tuple(dict.fromkeys(name for name in (kept, self.by, language) if name))

    @property
    def digest(self) -> str:
        """What must agree before a run may be resumed."""
        return xxhash.xxh3_64_hexdigest(json.dumps(asdict(self), sort_keys=True).encode())


@dataclass(frozen=True, slots=True)
class Bands:
    """``bands`` of ``rows`` values of a signature each; a pair is proposed when all values of a band agree."""

    bands: int
    rows: int

    @property
    def values(self) -> int:
        """Values of a signature that are used."""
        return self.bands * self.rows

    def recall(self, resemblance: float) -> float:
        """The S-curve: the share of pairs of this resemblance that are proposed, 1 - (1 - s^r)^b."""
        return float(1 - (1 - resemblance**self.rows) ** self.bands)

    def expected_recall(self, threshold: float, steps: int = 200) -> float:
        """Mean recall of pairs whose resemblance is spread evenly from the threshold to 1."""
        points = [threshold + (1 - threshold) * (step + 0.5) / steps for step in range(steps)]
        return sum(map(self.recall, points)) / steps


def choose_bands(threshold: float, values: int = SIGNATURE_LIMIT, recall: float = RECALL) -> Bands:
    """The longest bands, which propose fewest false candidates, that still find ``recall`` of the pairs at the threshold.

    >>> choose_bands(0.5)
    Bands(bands=42, rows=3)
    """
    fitting = [bands for rows in range(1, values + 1) if (bands := Bands(values // rows, rows)).recall(threshold) >= recall]
    return max(fitting, key=lambda bands: bands.rows, default=Bands(values, 1))
