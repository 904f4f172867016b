"""Wire: OpenAI's streamed and whole answers as JSON, with only what is safe left in them.

Knows the shape of chat completions, completions and responses; not how they travel. Each string that grows, one a choice and field, is a
`Stream`. Whatever repeats a whole text (`.done` events, `response.completed`) repeats what was shown. Log-probabilities repeat the tokens
and are taken out, fields of a choice or message nobody knows are not passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from simfilter.exempt import Prompt, supplied
from simfilter.filter import Filter
from simfilter.stream import Stream
from simfilter.types import Action

Json = dict[str, Any]

TEXTS = ("content", "refusal", "reasoning_content", "reasoning")
"""Strings of a message or delta that a reader may see."""

BLOCKED = "content_filter"
"""The reason for a choice to finish that says so."""

WHOLE = ("text", "refusal", "arguments", "input", "code", "output", "transcript", "delta", "summary_text")
"""Keys under which responses carry text."""

ENVELOPE = ("id", "object", "created", "model", "system_fingerprint", "service_tier", "usage")
"""What passes of a chunk or completion besides its choices."""

SHORT = 40
"""Characters of a string under any other key that cannot be a copy: an id, a status."""

TERMINAL = ("response.completed", "response.incomplete", "response.failed", "error")

QUIET = ("response.created", "response.queued", "response.in_progress", "response.output_item.added", "response.content_part.added",
         "response.reasoning_summary_part.added", "response.completed", "response.incomplete", "response.failed",
         "response.output_item.done", "response.content_part.done", "response.reasoning_summary_part.done", "error")
"""Events that pass, with whatever text they carry made safe; others pass only when they are a text's `.delta` or `.done`."""


def prompt_of(request: Json) -> str:
    """All the user supplied in a request: what of it comes back does not count."""
    parts: list[str] = []

    def gather(value: Any) -> None:
        if isinstance(value, str):
            parts.append(value)
        elif isinstance(value, list):
            for item in value:
                gather(item)
        elif isinstance(value, dict) and value.get("role") in (None, "user", "tool", "system", "developer"):
            for key in ("content", "text", "input_text", "output"):
                gather(value.get(key))

    for key in ("messages", "input", "prompt", "instructions"):
        gather(request.get(key))
    return "\n\n".join(parts)


class Wire(Protocol):
    """A streamed answer, made safe event by event."""

    @property
    def done(self) -> bool:
        """Whether all was blocked: nothing more need be asked for."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the answer came to its end: a stream that stops before broke off."""
        ...

    @property
    def action(self) -> Action:
        """The strictest action so far."""
        ...

    def event(self, event: Json) -> Iterator[Json]:
        """The events that may be shown in place of one."""
        ...

    def rest(self) -> Iterator[Json]:
        """What is left when the events ended without saying so."""
        ...


class ChatWire:
    """Chunks of `/v1/chat/completions` and `/v1/completions`; a `Wire`."""

    def __init__(self, filter: Filter, *, prompt: str | Prompt | None = None) -> None:
        self._fresh = Stream(filter, prompt=prompt)
        self._streams: dict[tuple[int, str], Stream] = {}
        self._finished: set[int] = set()
        self._last: Json = {}
        self.blocked: set[int] = set()
        """The choices that ended in the fallback message."""

    @property
    def done(self) -> bool:
        return bool(self.blocked) and self._seen <= self.blocked

    @property
    def ended(self) -> bool:
        return bool(self._seen) and self._seen <= self.blocked | self._finished

    @property
    def action(self) -> Action:
        return max((stream.verdict.action for stream in self._streams.values()), default=Action.ALLOW)

    @property
    def _seen(self) -> set[int]:
        return {choice for choice, _ in self._streams} | self._finished

    def event(self, event: Json) -> Iterator[Json]:
        envelope = {key: event[key] for key in ENVELOPE if key in event}
        self._last = {key: value for key, value in envelope.items() if key != "usage"}
        choices = [made for choice in event.get("choices") or [] if (made := self._choice(choice)) is not None]
        if choices or not event.get("choices"):
            yield {**envelope, "choices": choices}

    def rest(self) -> Iterator[Json]:
        choices = []
        for number in sorted({choice for choice, _ in self._streams} - self._finished - self.blocked):
            made = self._choice({"index": number, "delta": {}, "finish_reason": "stop"} if self._chat else
                                {"index": number, "text": "", "finish_reason": "stop"})
            if made is not None:
                choices.append(made)
        if choices:
            yield {**self._last, "choices": choices}

    @property
    def _chat(self) -> bool:
        return not any(field == "text" for _, field in self._streams)

    def _choice(self, choice: Json) -> Json | None:
        number = int(choice.get("index", 0))
        if number in self.blocked or number in self._finished:
            return None
        made: Json = {"index": number, "finish_reason": choice.get("finish_reason"), "logprobs": None}
        if "text" in choice:
            made["text"] = self._accept(number, "text", choice["text"] or "")
        else:
            made["delta"] = self._delta(number, choice.get("delta") or {})
        if made["finish_reason"] is not None and number not in self.blocked:
            self._close(number, made)
            self._finished.add(number)
        if number in self.blocked:
            made["finish_reason"] = BLOCKED
        says = made.get("text") or any(made.get("delta", {}).values())
        return made if says or made["finish_reason"] is not None else None

    def _delta(self, number: int, delta: Json) -> Json:
        made: Json = {"role": delta["role"]} if delta.get("role") else {}
        for field in TEXTS:
            if isinstance(delta.get(field), str) and number not in self.blocked:
                made[field] = self._accept(number, field, delta[field])
        calls = []
        for call in delta.get("tool_calls") or []:
            function = dict(call.get("function") or {})
            if function.get("arguments"):
                function["arguments"] = self._accept(number, f"tool {call.get('index', 0)}", function["arguments"])
            calls.append({**{key: call[key] for key in ("index", "id", "type") if key in call}, "function": function})
        if calls and number not in self.blocked:
            made["tool_calls"] = calls
        elif number in self.blocked and "content" not in made:
            made["content"] = self._fresh.filter.policy.fallback
        if isinstance(called := delta.get("function_call"), dict) and number not in self.blocked:
            made["function_call"] = {key: called[key] for key in ("name",) if key in called} | {
                "arguments": self._accept(number, "function_call", called.get("arguments") or "")}
        return made

    def _accept(self, number: int, field: str, piece: str) -> str:
        stream = self._streams.get((number, field))
        if stream is None:
            stream = self._streams[number, field] = self._fresh.fork()
        shown = stream.accept(piece)
        if stream.blocked:
            self.blocked.add(number)
        return shown

    def _close(self, number: int, made: Json) -> None:
        for (choice, field), stream in self._streams.items():
            if choice != number or stream.closed or number in self.blocked:
                continue
            rest = stream.close()
            if stream.blocked:
                self.blocked.add(number)
            if not rest:
                continue
            if field == "text":
                made["text"] += rest
            elif field.startswith("tool ") and not stream.blocked:
                made["delta"].setdefault("tool_calls", []).append({"index": int(field[5:]), "function": {"arguments": rest}})
            elif field == "function_call" and not stream.blocked:
                made["delta"].setdefault("function_call", {"arguments": ""})["arguments"] += rest
            else:
                field = field if field in TEXTS else "content"
                made["delta"][field] = (made["delta"].get(field) or "") + rest


class ResponsesWire:
    """Events of `/v1/responses`; a `Wire`."""

    def __init__(self, filter: Filter, *, prompt: str | Prompt | None = None) -> None:
        self._filter, self._prompt = filter, supplied(prompt)
        self._fresh = Stream(filter, prompt=self._prompt)
        self._streams: dict[tuple[Any, ...], Stream] = {}
        self._shown: dict[tuple[Any, ...], str] = {}
        self._texts: dict[str, str] = {}  # what was written -> what was shown
        self._response: Json = {}
        self._others = Action.ALLOW  # the strictest action on a text that was no stream
        self.done = self.ended = False

    @property
    def action(self) -> Action:
        return max((stream.verdict.action for stream in self._streams.values()), default=self._others)

    def rest(self) -> Iterator[Json]:
        return iter(())

    def event(self, event: Json) -> Iterator[Json]:
        if self.done:
            return
        kind = str(event.get("type", ""))
        self.ended = self.ended or kind in TERMINAL
        if isinstance(event.get("response"), dict):
            self._response = {key: event["response"].get(key) for key in ("id", "object", "created_at", "model")}
        if kind.endswith(".delta") and isinstance(event.get("delta"), str):
            key = _key(event, kind.removesuffix(".delta"))
            if key not in self._streams:
                self._streams[key] = self._fresh.fork()
            yield from self._say(key, event, self._streams[key].accept(event["delta"]))
        elif (key := _key(event, kind.removesuffix(".done"))) in self._streams and kind.endswith(".done"):
            stream = self._streams[key]
            yield from self._say(key, {k: v for k, v in event.items() if k not in WHOLE} | {"type": key[0] + ".delta"}, stream.close())
            if not self.done:
                self._texts[stream.text] = self._shown[key]
                yield self._safe(event)
        elif kind in QUIET:
            yield self._safe(event)

    def _say(self, key: tuple[Any, ...], event: Json, shown: str) -> Iterator[Json]:
        self._shown[key] = self._shown.get(key, "") + shown
        if shown:
            yield self._safe({k: v for k, v in event.items() if k != "delta"}) | {"delta": shown}
        if self._streams[key].blocked:
            self.done = True
            yield {"type": "response.incomplete", "sequence_number": event.get("sequence_number", 0) + 1,
                   "response": {**self._response, "status": "incomplete", "incomplete_details": {"reason": BLOCKED}, "output": []}}

    def _safe(self, value: Any) -> Any:
        return _walk(value, self._one)

    def _one(self, text: str) -> str:
        if text in self._texts:
            return self._texts[text]
        outcome = self._filter.resolve(text, prompt=self._prompt)
        self._others = max(self._others, outcome.verdict.action)
        return outcome.text


def _key(event: Json, kind: str) -> tuple[Any, ...]:
    return kind, event.get("item_id"), event.get("output_index"), event.get("content_index", event.get("summary_index"))


def _walk(value: Any, safe: Callable[[str], str], key: str = "") -> Any:
    """A copy of ``value`` with every text made safe and no log-probabilities."""
    if isinstance(value, dict):
        return {k: [] if k == "logprobs" and v else _walk(v, safe, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_walk(item, safe, key) for item in value]
    return safe(value) if isinstance(value, str) and value and (key in WHOLE or len(value) > SHORT) else value


def safe_answer(filter: Filter, answer: Json, *, prompt: str | Prompt | None = None) -> tuple[Json, Action]:
    """A whole answer (chat completion, completion or response) as it may be shown, and the strictest action in it."""
    actions = [Action.ALLOW]
    given = supplied(prompt)

    def safe(text: str) -> str:
        outcome = filter.resolve(text, prompt=given)
        actions.append(outcome.verdict.action)
        return outcome.text

    if "choices" not in answer:
        made: Json = _walk(answer, safe)
        if max(actions) is Action.BLOCK:
            made |= {"status": "incomplete", "incomplete_details": {"reason": BLOCKED}}
        return made, max(actions)
    choices = []
    for choice in answer["choices"]:
        before = len(actions)
        made = {"index": choice.get("index", 0), "finish_reason": choice.get("finish_reason"), "logprobs": None}
        if "text" in choice:
            made["text"] = safe(choice["text"] or "")
        if "message" in choice:
            made["message"] = _safe_message(choice["message"], safe)
        if max(actions[before:], default=Action.ALLOW) is Action.BLOCK:
            made["finish_reason"] = BLOCKED
            if "message" in made:
                made["message"] = {"role": "assistant", "content": filter.policy.fallback}
        choices.append(made)
    return {**{key: answer[key] for key in ENVELOPE if key in answer}, "choices": choices}, max(actions)


def _safe_message(message: Json, safe: Callable[[str], str]) -> Json:
    """The fields of a message that are known, texts judged; its content may be a list of parts."""
    made = {field: safe(value) if isinstance(value, str) and value else _walk(value, safe)
            for field in ("role", *TEXTS, "function_call", "tool_calls") if (value := message.get(field)) is not None}
    return {"content": None, **made}
