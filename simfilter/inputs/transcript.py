"""Chat transcripts: JSON lines of messages, or of conversations, in the shapes of OpenAI, Anthropic and ShareGPT.

What the model said is judged, turn by turn; what user, system and tools said before is its prompt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from simfilter.errors import InputError
from simfilter.inputs.piece import Piece
from simfilter.report.findings import Origin

SUPPLIED = frozenset({"user", "human", "system", "developer", "tool", "function", "ipython"})
"""Roles whose words are not the model's."""
RECORD = ("completion", "response", "output", "generated_text", "text")
"""Columns that hold a model's words where a line is no message."""
_HELD = ("text", "thinking", "reasoning", "content", "input", "arguments", "refusal", "output")


def read_transcript(path: str, text: str) -> Iterator[Piece] | None:
    """The model's turns, or None when no line is a message, a conversation or a record. Raises InputError when one is not JSON."""
    rows: list[tuple[int, dict[str, Any]]] = []
    known = False
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            if known:
                raise InputError(f"line {number}: not a JSON object")
            return None
        known |= bool(_messages(row)[0] or _column(row))
        rows.append((number, row))
    return _turns(path, rows) if known else None


def _messages(row: dict[str, Any]) -> tuple[list[Any], bool]:
    """The messages a line holds, and whether they are a conversation of their own."""
    for key in ("messages", "conversations", "conversation"):
        if isinstance(row.get(key), list):
            return list(row[key]), True
    for message in (row, row.get("message"), row.get("payload")):
        if _role(message):
            return [message], False
    return [], False


def _column(row: dict[str, Any]) -> str | None:
    """The column of a record that holds a model's words."""
    return next((column for column in RECORD if isinstance(row.get(column), str)), None)


def _role(message: Any) -> str:
    role = message.get("role", message.get("from")) if isinstance(message, dict) else None
    return role.lower() if isinstance(role, str) else ""


def _turns(path: str, rows: list[tuple[int, dict[str, Any]]]) -> Iterator[Piece]:
    said: list[str] = []
    for number, row in rows:
        messages, whole = _messages(row)
        if whole:
            said = []
        for position, message in enumerate(messages, 1):
            role = _role(message)
            if role in SUPPLIED:
                said.append(_words(message)[0])
            else:
                part = f"message {position} ({role or 'no role'})" if whole else role
                yield _piece(path, _words(message), number, part, said, conversation=number if whole else 0)
        if not messages:
            column = _column(row)
            found: list[str] = [row[column]] if column else []
            if not column:
                _leaves(row, found)
            prompt = row.get("prompt", row.get("instruction"))
            yield _piece(path, ("\n\n".join(found), []), number, column or "record", [prompt] if isinstance(prompt, str) else [])


def _piece(path: str, told: tuple[str, list[str]], number: int, part: str, said: list[str], *, conversation: int | None = None) -> Piece:
    words, notes = told
    lines = words.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    return Piece(path, words, origins=tuple(Origin(number, part, line) for line in range(1, lines + 1)), conversation=conversation,
                 prompt="\n\n".join(said), notes=tuple(f"line {number}, {part}: {note}" for note in notes))


def _words(message: Any) -> tuple[str, list[str]]:
    """All a message says, parts and tool calls joined by empty lines; and what of it is no text."""
    if not isinstance(message, dict):
        return str(message), []
    found: list[str] = []
    notes: list[str] = []
    for key in ("reasoning_content", "reasoning", "thinking", "content", "value", "refusal", "tool_calls", "function_call"):
        _collect(message.get(key), found, notes)
    return "\n\n".join(filter(None, found)), notes


def _collect(value: Any, found: list[str], notes: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, list):
        for item in value:
            _collect(item, found, notes)
    elif isinstance(value, dict):
        if isinstance(function := value.get("function"), dict):
            value = function
        held = [key for key in _HELD if key in value]
        for key in held:
            if key in ("arguments", "input"):
                _leaves(value[key], found)
            else:
                _collect(value[key], found, notes)
        if not held:
            notes.append(f"a part of type {str(value.get('type', 'unknown'))[:40]!r} is no text")


def _leaves(value: Any, found: list[str]) -> None:
    """The strings of what a tool was called with; JSON in a string is opened."""
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            inner = value
        if isinstance(inner, dict | list):
            _leaves(inner, found)
        else:
            found.append(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _leaves(item, found)
