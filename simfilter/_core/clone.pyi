from typing import Any

CLONE_MOST: int
CLONE_NONE: int

class StatementRow:
    def __init__(self, lexemes: Any, classes: Any, first: Any, length: Any, hashes: Any) -> None: ...

def clone_align(query: StatementRow, source: StatementRow, weight: Any, costs: tuple[float, ...], mate: Any, bits: Any) -> float: ...

def clone_forms(hashes: Any, weight: Any, sources: list[Any], costs: tuple[float, ...], windows: Any, totals: Any) -> None: ...
