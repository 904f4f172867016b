"""LangChain: agent middleware that judges what the model answers before the agent goes on or shows it.

    agent = create_agent(model, tools, middleware=[SimfilterMiddleware(filter)])

Tried with LangChain 1.5. What users and tools supplied does not count. Whole answers are judged; where an application shows the model's
own tokens as they come, put the model behind `simfilter serve` instead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain.messages import AIMessage

from simfilter.filter import Filter
from simfilter.replace import Strategy, by_policy


class SimfilterMiddleware(AgentMiddleware):  # type: ignore[misc]
    """Resolves each answer by a strategy of `simfilter.replace`."""

    def __init__(self, filter: Filter, *, strategy: Strategy = by_policy) -> None:
        super().__init__()
        self.filter, self.strategy = filter, strategy

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """The model's answer, made safe."""
        return self._safe(request, handler(request))

    async def awrap_model_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """The same, asynchronously."""
        return self._safe(request, await handler(request))

    def _safe(self, request: Any, response: Any) -> Any:
        prompt = "\n\n".join(message.text for message in request.messages if message.type != "ai")
        for at, message in enumerate(response.result):
            if isinstance(message, AIMessage) and message.text:
                outcome = self.filter.resolve(message.text, strategy=self.strategy, prompt=prompt)
                if outcome.text != message.text:
                    told = {**message.response_metadata, "simfilter": outcome.verdict.action.name}
                    response.result[at] = message.model_copy(update={"content": outcome.text, "response_metadata": told})
        return response
