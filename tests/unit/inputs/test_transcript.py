"""Chat transcripts: the model's turns with their line, what users supplied before them as prompt."""

import gzip
import json
from pathlib import Path

import pytest

from simfilter.inputs import Piece, pieces


def lines(*rows: object) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode() + b"\n"


def read(*rows: object) -> list[Piece]:
    return list(pieces("chat.jsonl", data=lines(*rows)))


def test_a_message_a_line() -> None:
    first, second = read({"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello"},
                         {"role": "assistant", "content": "Two\nlines"}, {"role": "tool", "content": "result"},
                         {"role": "assistant", "content": "Again"})
    assert (first.text, first.prompt, first.conversation) == ("Two\nlines", "Be kind.\n\nHello", 0)
    assert [(origin.line, origin.part, origin.part_line) for origin in first.origins] == [(3, "assistant", 1), (3, "assistant", 2)]
    assert (second.text, second.prompt, second.origins[0].line) == ("Again", "Be kind.\n\nHello\n\nresult", 5)


def test_a_conversation_a_line() -> None:
    found = read({"messages": [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]},
                 {"conversations": [{"from": "human", "value": "C"}, {"from": "gpt", "value": "D"}]})
    assert [(piece.text, piece.prompt, piece.conversation, piece.origins[0].part) for piece in found] == [
        ("B", "A", 1, "message 2 (assistant)"), ("D", "C", 2, "message 2 (gpt)")]


def test_parts_and_tool_calls() -> None:
    (piece,) = read({"role": "assistant", "content": [
        {"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "hello"}, {"type": "image", "source": {"data": "x"}},
        {"type": "tool_use", "name": "write", "input": {"path": "a.py", "text": "x = 1\n"}}],
        "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{\"code\": \"y = 2\"}"}}]})
    assert piece.text == "hm\n\nhello\n\na.py\n\nx = 1\n\n\ny = 2"
    assert piece.notes == ("line 1, assistant: a part of type 'image' is no text",)


def test_shapes_of_coding_agents() -> None:
    found = read({"type": "summary", "note": "of something"}, {"type": "assistant", "message": {"role": "assistant", "content": "A"}},
                 {"payload": {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "B"}]}})
    assert [piece.text for piece in found] == ["summary\n\nof something", "A", "B"]  # what is no message is judged too


def test_records() -> None:
    (piece,) = read({"prompt": "Write.", "completion": "Words"})
    assert (piece.text, piece.prompt, piece.conversation, piece.origins[0].part) == ("Words", "Write.", None, "completion")


def test_other_lines_are_text_and_damage_is_told() -> None:
    (piece,) = read({"speed": 3}, {"speed": 4})
    assert piece.text.startswith('{"speed"') and piece.origins == ()
    (piece,) = pieces("chat.jsonl", data=lines({"role": "user", "content": "x"}) + b"{broken")
    assert piece.error == "line 2: not a JSON object"


def test_packed_files(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl.gz"
    path.write_bytes(gzip.compress(lines({"role": "assistant", "content": "Words"})))
    (piece,) = pieces(str(path))
    assert piece.text == "Words"
    path.write_bytes(path.read_bytes()[:-9])
    (piece,) = pieces(str(path))
    assert "damaged gzip" in str(piece.error)


@pytest.mark.parametrize("content", [None, 3, [], [[]], {"type": "x"}])
def test_odd_content_is_no_error(content: object) -> None:
    (piece,) = read({"role": "assistant", "content": content})
    assert piece.text == "" and piece.error is None
