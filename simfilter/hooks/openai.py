"""openai: the client's streams, with only what is safe left in them.

    client = OpenAI()
    request = {"model": "gpt-5", "messages": [{"role": "user", "content": "..."}]}
    for chunk in chat(filter, client.chat.completions.create(**request, stream=True), prompt=prompt_of(request)):
        ...

Tried with openai 3.54. Chunks keep their class; the upstream stream is closed as soon as everything is blocked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from simfilter.filter import Filter
from simfilter.wire import ChatWire, Json, ResponsesWire, prompt_of

__all__ = ["achat", "aresponses", "chat", "prompt_of", "responses"]


def chat(filter: Filter, stream: Any, *, prompt: str = "") -> Iterator[Any]:
    """The chunks of a chat completion or a completion, made safe."""
    wire, kind = ChatWire(filter, prompt=prompt), None
    try:
        for chunk in stream:
            kind = type(chunk)
            if (made := wire.chunk(chunk.model_dump(exclude_unset=True))) is not None:
                yield kind.model_validate(made)
            if wire.done:
                return
        if kind is not None and (made := wire.end()) is not None:
            yield kind.model_validate(made)
    finally:
        stream.close()


async def achat(filter: Filter, stream: Any, *, prompt: str = "") -> AsyncIterator[Any]:
    """The same for the asynchronous client."""
    wire, kind = ChatWire(filter, prompt=prompt), None
    try:
        async for chunk in stream:
            kind = type(chunk)
            if (made := wire.chunk(chunk.model_dump(exclude_unset=True))) is not None:
                yield kind.model_validate(made)
            if wire.done:
                return
        if kind is not None and (made := wire.end()) is not None:
            yield kind.model_validate(made)
    finally:
        await stream.close()


def responses(filter: Filter, stream: Any, *, prompt: str = "") -> Iterator[Any]:
    """The events of a response, made safe. A blocked one ends in `response.incomplete`."""
    wire = ResponsesWire(filter, prompt=prompt)
    try:
        for event in stream:
            yield from (_event(made) for made in wire.event(event.model_dump(exclude_unset=True)))
            if wire.done:
                return
    finally:
        stream.close()


async def aresponses(filter: Filter, stream: Any, *, prompt: str = "") -> AsyncIterator[Any]:
    """The same for the asynchronous client."""
    wire = ResponsesWire(filter, prompt=prompt)
    try:
        async for event in stream:
            for made in wire.event(event.model_dump(exclude_unset=True)):
                yield _event(made)
            if wire.done:
                return
    finally:
        await stream.close()


def _event(made: Json) -> Any:
    """The event as the client's own class; it builds what a server may send without asking for every field."""
    from openai._models import construct_type
    from openai.types.responses import ResponseStreamEvent

    return construct_type(type_=ResponseStreamEvent, value=made)
