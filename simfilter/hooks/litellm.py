"""LiteLLM proxy: a guardrail that judges answers, whole or streamed, and requests if it is asked to.

    guardrails:
      - guardrail_name: simfilter
        litellm_params:
          guardrail: simfilter.hooks.litellm.SimfilterGuardrail
          mode: post_call              # pre_call besides refuses requests that hold protected text themselves
          default_on: true
          index: /srv/protected.index  # or the environment variable SIMFILTER_INDEX
          policy: /srv/policy.toml     # or SIMFILTER_POLICY, or the default policy

Tried with LiteLLM 1.106. What the request supplied does not count. A streamed answer is judged chunk by chunk and ends with the reason
`content_filter`; LiteLLM's own buffering of streams is not used (`use_native_lifecycle_hooks`).
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import HTTPException
from litellm.integrations.custom_guardrail import CustomGuardrail

from simfilter.errors import ParameterError
from simfilter.filter import Filter
from simfilter.types import Action
from simfilter.wire import ChatWire, prompt_of, safe_answer

logger = logging.getLogger(__name__)


class SimfilterGuardrail(CustomGuardrail):  # type: ignore[misc]
    """One filter for the proxy."""

    use_native_lifecycle_hooks = True

    def __init__(self, index: str | None = None, policy: str | None = None, **options: Any) -> None:
        path = index or os.environ.get("SIMFILTER_INDEX")
        if not path:
            raise ParameterError("the guardrail needs `index`, or SIMFILTER_INDEX, to name the index it filters by")
        self.filter = Filter.open(path, policy=policy or os.environ.get("SIMFILTER_POLICY"))
        super().__init__(**options)
        logger.info("simfilter guards: %d documents", len(self.filter.index))

    async def async_pre_call_hook(self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str) -> dict[str, Any]:
        """Refuse a request that holds protected text."""
        if self.filter.check(prompt_of(data)).action >= Action.REDACT:
            raise HTTPException(400, {"error": "the request holds protected text"})
        return data

    async def async_post_call_success_hook(self, data: dict[str, Any], user_api_key_dict: Any, response: Any) -> Any:
        """The answer with what is safe in it."""
        if not hasattr(response, "model_dump"):
            return response
        made, action = safe_answer(self.filter, response.model_dump(), prompt=prompt_of(data))
        return response if action is Action.ALLOW else type(response)(**made)

    async def async_post_call_streaming_iterator_hook(self, user_api_key_dict: Any, response: Any,
                                                      request_data: dict[str, Any]) -> AsyncGenerator[Any, None]:
        """The chunks of a chat completion, made safe."""
        wire, kind = ChatWire(self.filter, prompt=prompt_of(request_data)), dict
        async for chunk in response:
            kind = type(chunk)
            for made in wire.event(chunk.model_dump()):
                yield kind(**made)
            if wire.done:
                return
        for made in wire.rest():
            yield kind(**made)
