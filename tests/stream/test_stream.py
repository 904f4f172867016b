"""Streams against rescanning the whole text: nothing bad is ever given out, and the last verdict is that of `check`."""

from __future__ import annotations

import asyncio
import os
import random
import textwrap
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simfilter import Action, Document, Filter, Policy, build
from simfilter.demo import ORIGINAL_PARAGRAPH, disguised, renamed
from simfilter.errors import ParameterError
from simfilter.stream import MOST_HELD_BYTES, Stream
from tests.stream.fuzz import Remembering, stream_through, tried
from tests.stream.texts import FUNCTIONS, MODULE, STORY, filters, pieces, text

PARAGRAPH = STORY.split("\n\n")[2]
FUNCTION = next(source for source in FUNCTIONS if source.startswith("def _wrap_chunks"))


@pytest.fixture(scope="module")
def by_policy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Filter]:
    return {name: Remembering(filter_) for name, filter_ in filters(tmp_path_factory.getbasetemp()).items()}


@pytest.mark.parametrize("name", ["block", "redact", "strict", "mixed", "cite"])
def test_any_text_in_any_pieces(by_policy: dict[str, Filter], name: str) -> None:
    filter_ = by_policy[name]
    for seed in range(int(os.environ.get("SIMFILTER_FUZZ", "6"))):
        rng = random.Random(f"{name} {seed}")
        whole = text(rng)
        for _ in range(3):
            tried(filter_, whole, pieces(rng, whole))


class Machine(RuleBasedStateMachine):
    """A stream with all its verbs, beside the text as it ought to be."""

    filter_: Filter

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.stream = Stream(self.filter_)
        self.again()

    @rule()
    @precondition(lambda self: self.stream.blocked or self.stream.closed)
    def again(self) -> None:
        self.stream.reset()
        self.whole, self.shown = b"", ""
        self.coming = text(self.rng).encode()
        self.marks: list[tuple[object, int]] = []

    @rule(size=st.integers(0, 40), release=st.booleans())
    @precondition(lambda self: not self.stream.blocked and not self.stream.closed)
    def accept(self, size: int, release: bool) -> None:
        piece, self.coming = self.coming[:size], self.coming[size:]
        self.whole += piece
        self.given(self.stream.accept(piece, release=release))

    @rule()
    @precondition(lambda self: not self.stream.blocked and not self.stream.closed)
    def mark(self) -> None:
        self.marks.append((self.stream.mark(), len(self.whole)))

    @rule()
    @precondition(lambda self: self.marks and not self.stream.blocked and not self.stream.closed)
    def rollback(self) -> None:
        place, size = self.marks.pop()
        removed = self.whole[size:]
        try:
            self.stream.rollback(place)  # type: ignore[arg-type]
        except ParameterError:
            return  # it was given out
        self.whole = self.whole[:size]
        if self.rng.random() < 0.7:
            self.coming = removed + self.coming

    @rule()
    @precondition(lambda self: not self.stream.closed)
    def fork(self) -> None:
        other, self.stream = self.stream, self.stream.fork()
        if not other.blocked:
            other.accept(" and something else entirely, as beams do", release=False)
            other.close()

    @rule()
    @precondition(lambda self: not self.stream.blocked and not self.stream.closed)
    def ask(self) -> None:
        self.stream.allows(self.coming[:12])

    @rule()
    @precondition(lambda self: not self.stream.closed)
    def more(self) -> None:
        self.coming += b" " + text(self.rng).encode()

    @rule()
    @precondition(lambda self: not self.stream.blocked and not self.stream.closed and not self.coming)
    def close(self) -> None:
        self.given(self.stream.close())
        assert self.stream.verdict == self.filter_.check(self.stream.text)
        if not self.stream.blocked:
            assert self.stream.text == self.whole.decode("utf-8", "replace")

    def given(self, shown: str) -> None:
        if not self.stream.blocked:
            self.shown += shown

    @invariant()
    def what_was_given_out_is_never_bad(self) -> None:
        if hasattr(self, "shown"):
            assert self.filter_.check(self.shown).action < Action.REDACT
            assert self.stream.text.startswith(self.shown) or self.stream.closed or self.stream._original is not None


@pytest.mark.parametrize("name", ["block", "redact", "strict"])
def test_every_life_of_a_stream(by_policy: dict[str, Filter], name: str) -> None:
    class Life(Machine):
        filter_ = by_policy[name]

    case = Life.TestCase
    case.settings = settings(max_examples=8, stateful_step_count=50, deadline=None)
    case().runTest()  # type: ignore[no-untyped-call]


def test_innocent_text_leaves_in_the_call_that_brought_it(by_policy: dict[str, Filter]) -> None:
    stream = Stream(by_policy["block"])
    for at in range(0, len(ORIGINAL_PARAGRAPH), 7):
        assert stream.accept(ORIGINAL_PARAGRAPH[at : at + 7]) == ORIGINAL_PARAGRAPH[at : at + 7]


@pytest.mark.parametrize("disguise", [lambda text: text, str.upper, disguised, lambda text: text.replace("harbour", "port")])
def test_a_copy_is_cut_before_it_counts(by_policy: dict[str, Filter], disguise) -> None:
    answer = "Here it is.\n\n" + disguise(PARAGRAPH)
    shown, stream = stream_through(by_policy["block"], list(answer))
    assert stream.blocked and stream.verdict.action is Action.BLOCK
    assert answer.startswith(shown) and len(shown) < 13 + 0.35 * len(answer)
    assert len(stream.text) < 0.8 * len(answer)


def test_a_redacted_stream_is_what_apply_gives(by_policy: dict[str, Filter]) -> None:
    answer = f"Well. {PARAGRAPH} Bye now. {ORIGINAL_PARAGRAPH}"
    shown, _ = stream_through(by_policy["redact"], [answer[at : at + 50] for at in range(0, len(answer), 50)])
    assert shown == by_policy["redact"].apply(answer)
    assert "removed" in shown and shown.endswith(ORIGINAL_PARAGRAPH)


@pytest.mark.parametrize("fence", ["```python\n{}\n```\n", "~~~\n{}\n~~~\n", "{}"])
def test_code_is_cut_line_by_line(by_policy: dict[str, Filter], fence: str) -> None:
    answer = "Try this:\n\n" + fence.format(renamed(FUNCTION)) + "\nIt works."
    shown, stream = stream_through(by_policy["block"], list(answer))
    assert stream.blocked and len(shown) < 0.6 * len(answer)
    innocent = "Try this:\n\n" + fence.format("def add(first, second):\n    return first + second") + "\nIt works."
    shown, stream = stream_through(by_policy["block"], list(innocent))
    assert shown == innocent and not stream.blocked


def test_what_is_held_is_bounded(by_policy: dict[str, Filter]) -> None:
    """Copies that may be shown: cited, or supplied by the prompt, for thousands of words."""
    for stream in (Stream(by_policy["cite"]), Stream(by_policy["block"], prompt=STORY)):
        most = 0
        for piece in textwrap.wrap(STORY, 20, drop_whitespace=False, replace_whitespace=False):
            stream.accept(piece)
            most = max(most, stream.held)
        assert most <= MOST_HELD_BYTES
        assert not stream.blocked


def test_what_is_no_utf8_is_replaced(by_policy: dict[str, Filter]) -> None:
    stream = Stream(by_policy["block"])
    shown = stream.accept("é".encode()[:1]) + stream.accept("é".encode()[1:]) + stream.accept(b"\xff\xe2\x82") + stream.accept("a")
    assert shown + stream.accept(b"\xf0\x9f") + stream.close() == "é\ufffd\ufffda\ufffd"


def test_given_out_is_given_out(by_policy: dict[str, Filter]) -> None:
    stream = Stream(by_policy["block"])
    place = stream.mark()
    stream.accept("A word.")
    with pytest.raises(ParameterError):
        stream.rollback(place)
    stream.accept(" A draft", release=False)
    stream.rollback(stream.mark())
    assert stream.accept("") == " A draft"
    stream.close()
    with pytest.raises(ParameterError):
        stream.accept("more")
    stream.reset()
    assert stream.accept("again") == "again"


def test_iterators(by_policy: dict[str, Filter]) -> None:
    filter_ = by_policy["block"]
    asked = []

    def chunks() -> Iterator[str]:
        for word in ("Listen: " + PARAGRAPH).split(" "):
            asked.append(word)
            yield word + " "

    flow = filter_.stream(chunks())
    shown = "".join(flow)
    assert shown.startswith("Listen: ") and shown.endswith(filter_.policy.fallback)
    assert flow.verdict.action is Action.BLOCK and len(asked) < 40  # the rest was never generated

    async def later() -> AsyncIterator[bytes]:
        for word in ORIGINAL_PARAGRAPH.split(" "):
            yield word.encode() + b" "

    async def gather() -> str:
        return "".join([piece async for piece in filter_.astream(later())])

    assert asyncio.run(gather()) == ORIGINAL_PARAGRAPH + " "


def test_a_stream_of_many_words_is_linear(by_policy: dict[str, Filter]) -> None:
    """Looks at the index, counted: a copy the prompt allows, twice as long, costs about twice as much."""
    def checked(words: int) -> int:
        stream = Stream(by_policy["block"], prompt=STORY)
        total = 0
        inner = stream._window_is_clean

        def counted(size: int) -> bool:
            nonlocal total
            total += stream._seen.count - (stream._live or 0)
            return inner(size)

        stream._window_is_clean = counted  # type: ignore[method-assign]
        for word in STORY.split()[:words]:
            stream.accept(word + " ")
        return total

    half, whole = checked(len(STORY.split()) // 2), checked(len(STORY.split()))
    assert whole < 3 * half


def test_chunks_of_a_whole_module(tmp_path: Path) -> None:
    """An index without prose, and a long answer in code."""
    build([Document(id="a.py", text=MODULE, source="s", language="python")], tmp_path / "index")
    filter_ = Filter.open(tmp_path / "index", policy=Policy.parse({"action": "flag"}))
    shown, stream = stream_through(filter_, [f"```python\n{MODULE[:6000]}\n```"])
    assert not stream.blocked and stream.verdict.matches and shown == stream.text
