"""llama-cpp-python: a logits processor that steers away from copies, and streamed completions made safe.

    llama.create_completion(prompt, logits_processor=[SteeringProcessor(filter, llama)], stream=True)

Read against llama-cpp-python 0.3.36: a processor gets all ids so far and the scores, both numpy. It is told where the prompt ends by the
first call. Streamed chunks are OpenAI's: see `chat`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter.filter import Filter
from simfilter.hooks.steering import Steering
from simfilter.wire import ChatWire


class SteeringProcessor:
    """Shuts out the tokens that would complete a copy; a new one for each completion."""

    def __init__(self, filter: Filter, llama: Any, *, candidates: int = 8, prompt: str | None = None) -> None:
        def decode(ids: Any) -> str:
            text: bytes = llama.detokenize(list(ids))
            return text.decode("utf-8", "replace")

        self._steering = Steering(filter, decode, end=int(llama.token_eos()), candidates=candidates, prompt=prompt)
        self._begin: int | None = None

    def __call__(self, input_ids: NDArray[np.intc], scores: NDArray[np.single]) -> NDArray[np.single]:
        if self._begin is None:
            self._begin = len(input_ids)
        ids = [int(token) for token in input_ids[self._begin :]]
        (allowed,) = self._steering.step([ids], lambda row: lambda count: np.argsort(-scores, kind="stable")[:count].tolist())
        if allowed is None:
            return scores
        masked = np.full_like(scores, -np.inf)
        masked[allowed] = scores[allowed]
        return masked


def chat(filter: Filter, chunks: Iterator[Any], *, prompt: str = "") -> Iterator[Any]:
    """The chunks of a streamed (chat) completion, made safe."""
    wire = ChatWire(filter, prompt=prompt)
    for chunk in chunks:
        yield from wire.event(chunk)
        if wire.done:
            return
    yield from wire.rest()
