"""openai: the client's streams, with only what is safe left in them.

    client = OpenAI()
    request = {"model": "gpt-5", "messages": [{"role": "user", "content": "..."}]}
    for chunk in chat(filter, client.chat.completions.create(**request, stream=True), prompt=prompt_of(request)):
        ...

Tried with openai 3.57. Chunks keep their class; the upstream stream is closed as soon as everything is blocked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from simfilter.filter import Filter
from simfilter.wire import ChatWire, Json, ResponsesWire, Wire, prompt_of

__all__ = ["achat", "aresponses", "chat", "prompt_of", "responses"]


def chat(filter: Filter, stream: Any, *, prompt: str = "") -> Iterator[Any]:
    """The chunks of a chat completion or a completion, made safe."""
    return _safe(ChatWire(filter, prompt=prompt), stream, _chunk)


def achat(filter: Filter, stream: Any, *, prompt: str = "") -> AsyncIterator[Any]:
    """The same for the asynchronous client."""
    return _asafe(ChatWire(filter, prompt=prompt), stream, _chunk)


def responses(filter: Filter, stream: Any, *, prompt: str = "") -> Iterator[Any]:
    """The events of a response, made safe. A blocked one ends in `response.incomplete`."""
    return _safe(ResponsesWire(filter, prompt=prompt), stream, _event)


def aresponses(filter: Filter, stream: Any, *, prompt: str = "") -> AsyncIterator[Any]:
    """The same for the asynchronous client."""
    return _asafe(ResponsesWire(filter, prompt=prompt), stream, _event)


Build = Callable[[Json, type], Any]


def _safe(wire: Wire, stream: Any, build: Build) -> Iterator[Any]:
    kind: type = object
    try:
        for event in stream:
            kind = type(event)
            yield from (build(made, kind) for made in wire.event(event.model_dump(exclude_unset=True)))
            if wire.done:
                return
        yield from (build(made, kind) for made in wire.rest())
    finally:
        stream.close()


async def _asafe(wire: Wire, stream: Any, build: Build) -> AsyncIterator[Any]:
    kind: type = object
    try:
        async for event in stream:
            kind = type(event)
            for made in wire.event(event.model_dump(exclude_unset=True)):
                yield build(made, kind)
            if wire.done:
                return
        for made in wire.rest():
            yield build(made, kind)
    finally:
        await stream.close()


def _chunk(made: Json, kind: Any) -> Any:
    return kind.model_validate(made)


def _event(made: Json, kind: type) -> Any:
    """The event as the client's own class; it builds what a server may send without asking for every field."""
    from openai._models import construct_type
    from openai.types.responses import ResponseStreamEvent

    return construct_type(type_=ResponseStreamEvent, value=made)
