"""NeMo Guardrails: an output rail, and the streams of `LLMRails` made safe.

    config = RailsConfig.from_path("config")    # rails.output.flows: [simfilter check output], and FLOW in a .co file
    rails = LLMRails(config)
    register(rails, filter)
    async for piece in stream(rails, filter, messages=[...]): ...

Tried with nemoguardrails 0.24, Colang 1. A copy to block ends in the bot's refusal, one to redact or cite is rewritten. NeMo judges a
stream in windows that forget what stood before, and by default after they were shown (`stream_first`): a filter needs the whole, so
streams go through `stream`; for them NeMo wants `rails.output.streaming` with enabled True, stream_first False, context_size 0.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from simfilter.errors import ParameterError
from simfilter.filter import Filter
from simfilter.types import Action

ACTION = "simfilter_check"

FLOW = f"""
define subflow simfilter check output
  # What the user wrote does not count.
  $response = execute {ACTION}(text=$bot_message, prompt=$user_message)

  if $response.is_blocked
    bot refuse to respond
    stop

  if $response.is_transform
    $bot_message = $response.transform_text["bot_message"]
"""
"""The rail, in Colang 1."""


def register(rails: Any, filter: Filter) -> None:
    """Let ``rails`` (an `LLMRails`) use the rail. Raises ParameterError when it is not in force, or would judge what was shown already."""
    from nemoguardrails.actions.rail_outcome import RailOutcome, TransformTarget

    output = rails.config.rails.output
    if not any(flow.startswith("simfilter") for flow in output.flows):
        raise ParameterError("rails.output.flows does not name the rail: add `simfilter check output`")
    if output.streaming is not None and output.streaming.enabled and output.streaming.stream_first:
        raise ParameterError("rails.output.streaming.stream_first shows text before it is judged: set it to False")

    async def check(text: str = "", prompt: str = "", **_: Any) -> Any:
        outcome = filter.resolve(text or "", prompt=prompt)
        metadata = {"action": outcome.verdict.action.name,
                    "sources": sorted({match.provenance.source for match in outcome.verdict.matches})}
        if outcome.verdict.action is Action.BLOCK:
            return RailOutcome.block(reason="protected material", metadata=metadata)
        if outcome.text != text:
            return RailOutcome.transform([(TransformTarget.BOT_MESSAGE, outcome.text)], metadata=metadata)
        return RailOutcome.allow(metadata=metadata)

    rails.register_action(check, ACTION)


async def stream(rails: Any, filter: Filter, *, messages: list[dict[str, Any]], **options: Any) -> AsyncIterator[str]:
    """What ``rails.stream_async`` gives, as it becomes safe; ends in the policy's fallback message when it is blocked."""
    prompt = "\n\n".join(str(message.get("content", "")) for message in messages if message.get("role") != "assistant")
    flow = filter.astream(rails.stream_async(messages=messages, **options), prompt=prompt)
    try:
        async for piece in flow:
            yield piece
    finally:
        await flow.aclose()
