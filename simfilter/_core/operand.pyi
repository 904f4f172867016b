from typing import Any

def operand_order(source: Any, starts: Any, ends: Any, classes: Any, lexemes: Any, first: Any, length: Any, less: int, at_most: int,
                  order: Any, ordered: Any) -> None: ...
