"""transformers: a logits processor that steers away from copies, a streamer that shows only what is safe, a criterion that stops.

Tried with transformers 5.23: `generate` takes all three by their methods, so nothing is imported here. The processor is a function of
the token prefix: greedy, sampling, beams, return sequences, prompt lookup and assistants. It is not in force for continuous batching, which
drops it with a warning (`supports_continuous_batching`), nor for `assistant_ensemble_weight`, which mixes in drafts behind it: there use
the streamer.

The processor alone lets a copy slip that the very token completes at which it is first seen; then it ends the text, and the streamer has
held the copy back. Together nothing protected is shown, and little of the text is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from simfilter.filter import Filter
from simfilter.hooks.steering import Detokenizer, Steering
from simfilter.stream import Stream

PLAIN = {"transformers.tokenization_utils_base", "transformers.tokenization_utils_tokenizers", "transformers.tokenization_utils_fast"}
"""Where a tokenizer's methods stand that does nothing of its own with what its backend decodes."""


class SteeringProcessor:
    """Shuts out the tokens that would complete a copy; for `generate(logits_processor=[...])`, a new one for each call.

    ``prompt_length`` is the length of the (left-padded) input ids: what stands there is not judged.
    """

    supports_continuous_batching = False

    def __init__(self, filter: Filter, tokenizer: Any, *, prompt_length: int, candidates: int = 8, prompt: str | None = None) -> None:
        self._steering = Steering(filter, decoder(tokenizer), end=int(tokenizer.eos_token_id), candidates=candidates, prompt=prompt)
        self._end = int(tokenizer.eos_token_id)
        self._prompt_length = prompt_length

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        rows = [self._generated(row) for row in input_ids[:, self._prompt_length :].tolist()]
        allowed = self._steering.step(rows, lambda row: lambda count: scores[row].topk(min(count, scores.shape[1])).indices.tolist())
        if all(tokens is None for tokens in allowed):
            return scores
        masked = scores.clone()
        for row, tokens in enumerate(allowed):
            if tokens is not None:
                masked[row] = float("-inf")
                masked[row, tokens] = scores[row, tokens]
                if not bool((masked[row] > float("-inf")).any()):  # others shut these out before
                    masked[row, self._end] = 0.0
        return masked

    def _generated(self, row: list[int]) -> list[int]:
        """The ids up to the end of the text; padding follows."""
        return row[: row.index(self._end)] if self._end in row else row


class SafeStreamer:
    """Shows generated text as it becomes safe; for `generate(streamer=...)`. ``show(text, row)`` gets the pieces.

    ``streams[row]`` hold the verdicts at the end. As a stopping criterion (`stopping_criteria=[streamer]`) it ends blocked rows.
    """

    def __init__(self, filter: Filter, tokenizer: Any, show: Callable[[str, int], None], *, prompt: str | None = None) -> None:
        self._filter, self._show, self._prompt = filter, show, prompt
        self._decode, self._end = decoder(tokenizer), int(tokenizer.eos_token_id)
        self.streams: list[Stream] = []
        self._words: list[Detokenizer] = []
        self._ended: set[int] = set()

    def put(self, value: Any) -> None:
        """Take the prompt (first call), then the tokens of a step: one a row, or several of one row."""
        rows = value.tolist()
        if not self.streams:
            count = len(rows) if value.dim() > 1 else 1
            self.streams = [Stream(self._filter, prompt=self._prompt) for _ in range(count)]
            self._words = [Detokenizer(self._decode) for _ in range(count)]
            return
        if len(self.streams) == 1:
            rows = [rows[0] if value.dim() > 1 else rows]
        for row, tokens in enumerate(rows):
            for token in tokens if isinstance(tokens, list) else [tokens]:
                self._accept(row, int(token))

    def end(self) -> None:
        """Show what is left."""
        for row, stream in enumerate(self.streams):
            if shown := stream.close():
                self._show(shown, row)

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """Which rows are blocked."""
        stopped = input_ids[:, 0] != input_ids[:, 0]
        for row, stream in enumerate(self.streams[: len(stopped)]):
            stopped[row] = stream.blocked
        return stopped

    def _accept(self, row: int, token: int) -> None:
        if token == self._end:
            self._ended.add(row)
        if row not in self._ended and (shown := self.streams[row].accept(self._words[row].add(token))):
            self._show(shown, row)


def decoder(tokenizer: Any) -> Callable[[Any], str]:
    """Ids to text, exactly: nothing tidied up, special tokens left out."""
    owners = {getattr(getattr(type(tokenizer), name, None), "__module__", "") for name in ("decode", "_decode")}
    if owners <= PLAIN and hasattr(tokenizer, "backend_tokenizer"):  # what it comes to, without thrice the time around it
        return partial(tokenizer.backend_tokenizer.decode, skip_special_tokens=True)

    def decode(ids: Any) -> str:
        text: str = tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text

    return decode
