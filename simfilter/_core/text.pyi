from typing import Any

TEXT_GROWTH: int
TEXT_UNICODE: str

def text_tokenize(data: Any, key: Any, symbols: Any, starts: Any, ends: Any) -> int: ...
def text_tokenize_growing(data: Any, key: Any, symbols: Any, starts: Any, ends: Any) -> tuple[int, int]: ...
def text_normalize(
    data: Any, out: Any, out_ends: Any, starts: Any, ends: Any
) -> tuple[int, int]: ...
