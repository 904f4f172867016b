from typing import Any

POSITION_STRIDE: int

def position_unpack(gaps: Any, lengths: Any, checkpoints: Any, exceptions: Any, first: int, last: int, starts: Any,
                    ends: Any) -> None: ...

def position_documents(starts: Any, tokens: Any, holding: Any) -> None: ...
