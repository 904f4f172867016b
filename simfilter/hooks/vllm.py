"""vLLM: logits processors for its two interfaces, written against 0.33 from source and tested against stubs of them, not on a GPU.

Name one of them with `--logits-processors simfilter.hooks.vllm:V1Processor` (or `:V2Processor`, the Model Runner V2 of today's default).
They are no entry points: one of the wrong interface would keep every server of the environment from starting.

The index is found by the environment variable SIMFILTER_INDEX, a policy by SIMFILTER_POLICY, since vLLM makes the processors itself. A
request opts out with `SamplingParams(extra_args={"simfilter": False})`. Each says in the log that it is in force. Tokens lie on the device
and are copied to the host each step for the rows that are steered.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from simfilter.errors import ParameterError
from simfilter.filter import Filter
from simfilter.hooks.steering import Steering

logger = logging.getLogger(__name__)


def _filter() -> Filter:
    path = os.environ.get("SIMFILTER_INDEX")
    if not path:
        raise ParameterError("SIMFILTER_INDEX must name the index that vLLM is to filter by")
    return Filter.open(path, policy=os.environ.get("SIMFILTER_POLICY"))


def _tokenizer(config: Any) -> Any:
    from vllm.tokenizers import cached_tokenizer_from_config  # type: ignore[import-not-found,unused-ignore]

    return cached_tokenizer_from_config(config.model_config)


class _Processor:
    """What both interfaces share: a `Steering` for all requests, for it knows prefixes and not rows."""

    def __init__(self, config: Any) -> None:
        self._filter = _filter()
        tokenizer = _tokenizer(config)
        self._end = int(tokenizer.eos_token_id)
        self._decode = lambda ids: tokenizer.decode(list(ids), skip_special_tokens=True)
        self._steering = self._fresh()
        logger.info("simfilter steers: %s, %d documents", type(self).__name__, len(self._filter.index))

    def _fresh(self) -> Steering:
        return Steering(self._filter, self._decode, end=self._end)

    def _mask(self, logits: Any, rows: Sequence[int], texts: Sequence[Sequence[int]]) -> Any:
        """Shut out what may not follow ``texts[i]`` in row ``rows[i]``."""
        allowed = self._steering.step(texts, lambda at: lambda count: logits[rows[at]].topk(min(count, logits.shape[1])).indices.tolist())
        for row, tokens in zip(rows, allowed, strict=True):
            if tokens is not None:
                kept = logits[row, tokens].clone()
                logits[row] = float("-inf")
                logits[row, tokens] = kept
        return logits

    @staticmethod
    def _wanted(params: Any) -> bool:
        return bool((getattr(params, "extra_args", None) or {}).get("simfilter", True))


class V1Processor(_Processor):
    """`vllm.v1.sample.logits_processor.LogitsProcessor`."""

    def __init__(self, vllm_config: Any, device: Any, is_pin_memory: bool) -> None:
        super().__init__(vllm_config)
        self._outputs: dict[int, list[int]] = {}

    def is_argmax_invariant(self) -> bool:
        """Whether greedy decoding would never notice: no."""
        return False

    def update_state(self, batch_update: Any) -> None:
        """Rows that went, came and moved, in this order."""
        if batch_update is None:
            return
        for row in batch_update.removed:
            self._outputs.pop(row, None)
        for row, params, _, outputs in batch_update.added:
            self._outputs.pop(row, None)
            if self._wanted(params):
                self._outputs[row] = outputs  # a live list: it grows with the request
        for first, second, direction in batch_update.moved:
            one, other = self._outputs.pop(first, None), self._outputs.pop(second, None)
            if one is not None:
                self._outputs[second] = one
            if other is not None and getattr(direction, "name", str(direction)) == "SWAP":
                self._outputs[first] = other

    def apply(self, logits: Any) -> Any:
        """Logits with what would complete a copy shut out."""
        rows = sorted(self._outputs)
        return self._mask(logits, rows, [[token for token in self._outputs[row] if token >= 0] for row in rows])  # -1: not sampled yet


class V2Processor(_Processor):
    """`vllm.v1.worker.gpu.sample.logits_processor.LogitsProcessor`."""

    def __init__(self, vllm_config: Any, req_states: Any) -> None:
        super().__init__(vllm_config)
        self._states = req_states
        self._prompts: dict[int, int] = {}

    @classmethod
    def validate_params(cls, params: Any) -> None:
        """Raise ParameterError for an option that is not understood."""
        option = (getattr(params, "extra_args", None) or {}).get("simfilter", True)
        if not isinstance(option, bool):
            raise ParameterError(f"extra_args['simfilter'] must be True or False, got {option!r}")

    def add_request(self, req_idx: int, sampling_params: Any) -> bool:
        """Take a request into a slot, wiping what was there; whether it is steered."""
        self._prompts.pop(req_idx, None)
        if self._wanted(sampling_params):
            self._prompts[req_idx] = int(_buffer(getattr(self._states, "prompt_len", self._states.total_len))[req_idx])
        return req_idx in self._prompts

    def apply_staged_writes(self) -> None:
        """Nothing is staged."""

    def apply(self, logits: Any, ctx: Any) -> Any:
        """Logits with what would complete a copy shut out; a request has one row for each of its draft tokens."""
        rows, texts = [], []
        slots, drafted = ctx.expanded_idx_mapping.tolist(), ctx.expanded_local_pos.tolist()
        inputs, lengths, tokens = ctx.input_ids.tolist(), _buffer(self._states.total_len), _buffer(self._states.all_token_ids)
        for row, (slot, drafts) in enumerate(zip(slots, drafted, strict=True)):
            if slot in self._prompts:
                rows.append(row)
                texts.append([*tokens[slot][self._prompts[slot] : int(lengths[slot])].tolist(), *inputs[row - drafts + 1 : row + 1]])
        return self._mask(logits, rows, texts)


def _buffer(array: Any) -> Any:
    """The tensor of a buffer that has one on the device and one on the host."""
    return getattr(array, "gpu", array)
