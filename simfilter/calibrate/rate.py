"""Rates, and how sure one may be of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959964
"""Of the normal distribution at 95 %, both sides."""

RULE_OF_THREE = 3
"""None in n trials shows, at 95 %, a rate below 3 / n."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``count`` of ``trials``.

    >>> Rate(1, 4).value, Rate(0, 1000).needed(0.001)
    (0.25, 3000)
    """

    count: int
    trials: int

    @property
    def value(self) -> float:
        """The share; 0 of no trials."""
        return self.count / self.trials if self.trials else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval (Wilson's, which holds for shares near 0 and 1 too).

        >>> [round(bound, 3) for bound in Rate(0, 100).interval]
        [0.0, 0.037]
        """
        if not self.trials:
            return 0.0, 1.0
        n, p, z = self.trials, self.value, _Z
        middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, (middle - spread) / (1 + z * z / n)), min(1.0, (middle + spread) / (1 + z * z / n))

    @staticmethod
    def needed(rate: float) -> int:
        """Trials without an event that show a rate below ``rate``."""
        return math.ceil(RULE_OF_THREE / rate)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.4f} [{low:.4f}, {high:.4f}] ({self.count} of {self.trials})"
