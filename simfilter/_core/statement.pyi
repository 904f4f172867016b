from typing import Any

STATEMENT_MOST: int
STATEMENT_LINES: int
STATEMENT_BRACES: int
STATEMENT_JOINS: int
STATEMENT_COLONS: int
STATEMENT_MODIFIERS: int

def statement_cut(source: Any, starts: Any, ends: Any, classes: Any, flags: int, scratch: Any, first: Any, length: Any) -> int: ...
def statement_hash(lexemes: Any, classes: Any, first: Any, length: Any, hashes: Any) -> None: ...
def statement_pair(lexemes: Any, classes: Any, first: Any, length: Any, a: Any, b: Any, hashes: Any) -> None: ...
