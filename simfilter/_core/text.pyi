from typing_extensions import Buffer

TEXT_GROWTH: int
TEXT_UNICODE: str

def text_tokenize(data: Buffer, key: Buffer, symbols: Buffer, starts: Buffer, ends: Buffer) -> int: ...
def text_normalize(
    data: Buffer, out: Buffer, out_ends: Buffer, starts: Buffer, ends: Buffer
) -> tuple[int, int]: ...
