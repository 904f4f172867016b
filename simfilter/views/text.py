"""The `text` view: words as a reader sees them, whatever the case, spacing, look-alikes or line prefixes.

The rules stand at the head of csrc/include/simfilter/sf_text.h.
"""

from __future__ import annotations

import numpy as np

from simfilter import _core
from simfilter.views.tokens import PUBLIC_KEY, Tokens


def tokenize(data: bytes, *, key: bytes = PUBLIC_KEY) -> Tokens:
    """The word tokens of UTF-8 ``data``.

    >>> len(tokenize(b"It is a truth, UNIVERSALLY acknowledged"))
    6
    """
    size = len(data)
    symbols, starts, ends = np.empty((3, size + 1), np.uint32)
    count = _core.text_tokenize(data, key, symbols, starts, ends)
    if size > 1 << 16:  # let go of the slack of large texts
        return Tokens(symbols[:count].copy(), starts[:count].copy(), ends[:count].copy())
    return Tokens(symbols[:count], starts[:count], ends[:count])


def normalize(data: bytes) -> tuple[list[bytes], np.ndarray[tuple[int], np.dtype[np.uint32]]]:
    """The normalised bytes of each token and the byte offset each starts at: what a match is verified on.

    >>> normalize("Ｔhe  CAT".encode())[0]
    [b'the', b'cat']
    """
    size = len(data)
    starts, ends, out_ends = np.empty((3, size + 1), np.uint32)
    capacity = 4 * size + 64
    while True:
        out = np.empty(capacity, np.uint8)
        try:
            count, written = _core.text_normalize(data, out, out_ends, starts, ends)
            break
        except _core.CapacityError:
            capacity *= 4
    flat = out[:written].tobytes()
    stops = out_ends[:count].tolist()
    return [flat[a:b] for a, b in zip([0, *stops], stops, strict=False)], starts[:count]
