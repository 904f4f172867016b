"""Streams: a text judged while it comes, and given out as far as it is safe.

What is promised. Call a text *bad* when `Filter.check` would redact or block something in it. Let V be all that a stream has given out so
far, the original text with its markers:

    V is never bad, however the text was cut into pieces, and the verdict at the end is that of `check` on the whole text.

A stream that blocks gives out the policy's fallback message and ends there; what it took in until then is its whole text. It also blocks
where new text shows what was given out in another light (prose before, it reads as code now), for that cannot be taken back.

Why it holds. A piece is given out only after one of two things. (1) `check` of V with the piece was run and was clean. (2) The text so far
was given out under (1) or (2), the new words are prose, and `Watch` saw that no copy can have come about since. For (2): what is found in
code depends on code alone, and new prose changes no code that was closed before; a copy of prose needs seeds that weigh enough and lie
near each other. Either it has a seed among the new words, then the watch saw it; or it has none, and is a copy that was judged before and
grows without seeds, which ends within `SETTLED` words of its end (an alignment goes on only while it pays within a window of 64). Until
then, or until no chain is found in it, the stretch stays *live* and every release is checked. The check of a live stretch looks at that
stretch alone, with `MARGIN` words before it: chains do not reach further back without a seed. When it finds something, the whole text is
checked before anything is done. What `check` looks at only up to a count (documents, copies of one stretch) is taken to suffice: a text
that quotes dozens of documents at once is the one for which (2) is not proven, and the fuzz run has to speak.

What is held back. While a stretch is live, the words since the last check: at most `STEP`, or a sixteenth of the stretch. In code, the
line that is not complete, or a thirty-second of the text. And, so that not even the beginning of a copy is shown, what may be one: an
unbroken run of at least `LEAST_HELD` words that goes on to the end, and a match too light to count that still grows; of these at most
`MOST_HELD` words and `MOST_HELD_BYTES` bytes. All other text leaves in the call that brought it.

What it costs. Words are read once (sf_growing), a look at the index is taken only where four words in a row are known to it. A live
stretch of n words is checked every max(STEP, n / 16) words, code of n bytes every max(one line, n / 32) bytes, so the cost stays linear.
Measured by benchmarks/stream.py.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Generator, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import numpy as np

from simfilter.errors import ParameterError
from simfilter.exempt import Prompt, supplied
from simfilter.match.chain import chains
from simfilter.match.found import Found
from simfilter.match.score import word_weights
from simfilter.match.seed import OCCURRENCES, seed
from simfilter.policy import Evidence
from simfilter.replace import citations, marker, united
from simfilter.types import Action, Verdict
from simfilter.views import Reading
from simfilter.views.guess import CodeLook
from simfilter.views.languages import unavailable
from simfilter.views.markdown import may_hold_code, regions
from simfilter.views.tokens import PUBLIC_KEY, Characters, Tokens, encode
from simfilter.watch import Watch, columns

if TYPE_CHECKING:
    from simfilter.filter import Filter

SETTLED = 80
"""Words behind a copy's end after which it can no more grow: a window of the alignment, and misspelt words passed."""

MARGIN = 192
"""Words before a live stretch that are judged with it."""

STEP = 4
"""Words between two checks of a short live stretch."""

LEAST_HELD = 6
"""Words of an unbroken run that are held back. Fewer are everybody's; of innocent prose one word in a thousand waits for that."""

LEAST_GROWING = 10
"""Equal words of a match that is waited for while it grows; one of fewer is nearly always chance."""

MOST_HELD, MOST_HELD_BYTES = 64, 1024

NEAR = 8
"""Words between a match and the end of the text within which it still grows."""

TAIL = 5
"""Bytes before a piece that may belong to the sign of a block of code there."""

LINE = 256
"""Bytes of code after which a line is not waited for."""

NEARBY, JUDGED = 4096, 64
"""Bytes of a text with code that steering judges, and how many such texts are remembered."""

GROWING = ("short", "unsurprising", "unlike")
"""How the reasons begin for which a match does not count yet."""

Growth = tuple[int | None, int]
"""The first token of a match that is too light yet and reaches the end; the token behind the last match."""

CLEAN = Verdict(Action.ALLOW)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in what a stream has accepted, to roll back to."""

    size: int
    unfinished: bytes
    state: tuple[int | None, int, int, int | None, bool, bool]


class _Flow:
    """What both flows share: one stream, and who is told at the end what the reader has seen."""

    def __init__(self, stream: Stream, told: Callable[[str], None] | None) -> None:
        self.stream = stream
        self._told = told

    @property
    def verdict(self) -> Verdict:
        """As `Stream.verdict`."""
        return self.stream.verdict

    def _pass(self, chunk: str | bytes | None) -> Iterator[str]:
        """What may be shown after a chunk, or (None) at the end; nothing rather than an empty piece."""
        if shown := self.stream.close() if chunk is None else self.stream.accept(chunk):
            yield shown

    def _end(self) -> None:
        if self._told is not None:
            self._told(self.stream.shown)


class Flow(_Flow, Iterator[str]):
    """The safe text of an iterable of pieces, as it comes; `stream` holds the verdict once it is exhausted.

    The source is closed, if it can be, when the text is blocked: what follows is not asked for.
    """

    def __init__(self, stream: Stream, chunks: Iterable[str | bytes], *, told: Callable[[str], None] | None = None) -> None:
        """``told`` is called once at the end, also an early one, with what was given out of the text."""
        super().__init__(stream, told)
        self._safe = self._flow(chunks)

    def __next__(self) -> str:
        return next(self._safe)

    def close(self) -> None:
        """Stop early; the source is closed too."""
        self._safe.close()

    def _flow(self, chunks: Iterable[str | bytes]) -> Generator[str, None, None]:
        try:
            for chunk in chunks:
                yield from self._pass(chunk)
                if self.stream.blocked:
                    break
            yield from self._pass(None)
        finally:
            self._end()
            if (close := getattr(chunks, "close", None)) is not None:
                close()


class AsyncFlow(_Flow, AsyncIterator[str]):
    """As `Flow`, for pieces that come asynchronously."""

    def __init__(self, stream: Stream, chunks: AsyncIterable[str | bytes], *, told: Callable[[str], None] | None = None) -> None:
        super().__init__(stream, told)
        self._safe = self._flow(chunks)

    async def __anext__(self) -> str:
        return await anext(self._safe)

    async def aclose(self) -> None:
        """Stop early; the source is closed too."""
        await self._safe.aclose()

    async def _flow(self, chunks: AsyncIterable[str | bytes]) -> AsyncGenerator[str, None]:
        try:
            async for chunk in chunks:
                for shown in self._pass(chunk):
                    yield shown
                if self.stream.blocked:
                    break
            for shown in self._pass(None):
                yield shown
        finally:
            self._end()
            if (close := getattr(chunks, "aclose", None)) is not None:
                await close()


class Stream:
    """One text on its way to the reader; not for several threads at once.

    >>> import tempfile
    >>> from simfilter import Document, Filter, Policy, build
    >>> where = tempfile.mkdtemp() + "/index"
    >>> poem = "The quiet harbour kept its lamps alight for every boat that winter had not found"
    >>> _ = build([Document(id="poem", text=poem, source="Harbour Songs")], where)
    >>> policy = Policy.parse({"action": "redact", "text": {"verbatim": {"tokens": 12, "bits": 20}}})
    >>> stream = Stream(Filter.open(where, policy=policy))
    >>> "".join([stream.accept(piece) for piece in ("She wrote: ", poem[:50], poem[50:].upper(), ". And went.")] + [stream.close()])
    'She wrote: [removed: 15 tokens from Harbour Songs]. And went.'
    >>> stream.verdict.action.name
    'REDACT'
    """

    def __init__(self, filter: Filter, *, prompt: str | Prompt | None = None) -> None:
        """``prompt`` is what the user supplied: it does not count."""
        self.filter = filter
        self._prompt = supplied(prompt)
        self._structures = filter.index.segments.structures
        # A document without code is one separator; where nothing is code, only a grammar that will not load could make a difference.
        self._reads_code = len(self._structures["code"]) > len(filter.index) or bool(unavailable())
        self.reset()

    def reset(self) -> None:
        """Begin anew, with the same filter and prompt."""
        self._seen = self._structures["text"].growing(PUBLIC_KEY)  # what was given out, and what is held back
        self._out = 0  # bytes of it given out
        self._original: bytearray | None = None  # the text as it came, once something was replaced
        self._marked = 0  # bytes of _seen up to the end of the last marker
        self._unfinished = b""
        self._tail = b"\n"
        self._watch = Watch(self._structures["text"])
        self._live: int | None = None  # the first token of the stretch in which a copy may come about
        self._active = 0  # the token behind the last sign of life in it
        self._due = 0  # the token count at which it is checked again
        self._growing: int | None = None  # the first token of a match that is too light yet
        self._unsure = bool(self.filter.index.lost) and not self.filter.policy.fail_open  # no text is clean then
        self._look = CodeLook()
        self._code = False  # whether a block of code may be open
        self._fenced = False
        self._checked = 0  # bytes at the last check of the whole
        self._judged: dict[str, tuple[bool, bool]] = {}  # what `_nearby` found; forks share it
        self._line = False  # whether a line ended since
        self.verdict = CLEAN
        """The last judgement; after `close` that of the whole text."""
        self.blocked = False
        """Whether the stream ended in the fallback message."""
        self.closed = False

    # ---- the life of a stream ----

    def accept(self, piece: str | bytes, *, release: bool = True) -> str:
        """Take the next piece; what may go to the reader now.

        ``bytes`` are UTF-8 and may break off inside a character. With ``release=False`` nothing leaves: the piece is a draft that may be
        rolled back. A blocked stream takes nothing more and returns nothing. Raises ParameterError when the stream is closed.
        """
        if self.closed:
            raise ParameterError("the stream is closed")
        if self.blocked:
            return ""
        text = piece if isinstance(piece, str) and not self._unfinished else None
        data = self._whole_characters(piece) if text is None else encode(text)
        seen = self._seen
        self._take(data)
        if not release:
            return ""
        if (self._live is None and self._growing is None and self._watch.end < seen.count - 1 and not self._unsure
                and (not self._reads_code or self._is_prose())):
            begin, self._out = self._out, seen.size  # nearly every piece: nothing waits, and nothing begins
            if text is not None and self._out - begin == len(data):
                return text
            return seen.data(begin, self._out).decode("utf-8", "surrogatepass")
        return self._advance()

    def close(self) -> str:
        """End the text; the rest that may be given out. ``verdict`` is then that of `Filter.check` on the whole text."""
        if self.closed or self.blocked:
            self.closed = True
            return ""
        self._take(self._whole_characters(b"", final=True))
        self.closed = True
        return self._finish()

    @property
    def text(self) -> str:
        """All that was accepted and not rolled back, but for a character that is not complete."""
        data = self._seen.data(0, self._seen.size) if self._original is None else bytes(self._original)
        return data.decode("utf-8", "surrogatepass")

    @property
    def shown(self) -> str:
        """What was given out of the text, markers in place of what was redacted; citations and the fallback message left out."""
        return self._seen.data(0, self._out).decode("utf-8", "surrogatepass")

    @property
    def held(self) -> int:
        """Bytes that wait to be given out."""
        return self._seen.size - self._out

    @property
    def restless(self) -> bool:
        """Whether the next words may complete a copy: a stretch of prose is live, or code had a match, even a light one, when its last line
        ended."""
        if self._is_prose():
            if self._live is not None and not self._proposes():
                self._live = None
            if self._live is not None and self._seen.count - self._active > SETTLED:
                self._rest(self._window_is_clean(self._seen.size))
            return self._live is not None
        return self._live is not None or self._nearby(self._line_before(self._seen.size))[1]

    def mark(self) -> Mark:
        """This place, for `rollback`."""
        size = self._seen.size if self._original is None else len(self._original)
        return Mark(size, self._unfinished, (self._live, self._active, self._due, self._growing, self._code, self._line))

    def rollback(self, to: Mark) -> None:
        """Take back what was accepted since. Raises ParameterError when some of it was given out, or the stream has ended."""
        removed = self.mark().size - to.size
        size = self._seen.size - removed
        if removed < 0 or size < max(self._out, self._marked) or self.blocked or self.closed:
            raise ParameterError(f"cannot roll back {removed} bytes: at most {self._seen.size - max(self._out, self._marked)} are held")
        if self._original is not None:
            del self._original[to.size :]
        self._unfinished = to.unfinished
        if removed:
            self._observe(*self._seen.cut(size))
            self._look.rewind(self._seen.data(0, size))
            self._tail = self._seen.data(max(0, size - TAIL), size)
            self._checked = min(self._checked, size)
            self._live, self._active, self._due, self._growing, self._code, self._line = to.state

    def fork(self) -> Self:
        """An independent stream that has accepted and given out the same."""
        other = copy(self)
        other._seen, other._watch, other._look = self._seen.copy(), self._watch.copy(), copy(self._look)
        other._original = None if self._original is None else bytearray(self._original)
        return other

    def allows(self, piece: str | bytes) -> bool:
        """Whether the text would still be clean with this piece, which is not accepted. Of a long text with code the last NEARBY bytes are
        judged."""
        if self.blocked or self.closed:
            return False
        place = self.mark()
        self.accept(piece, release=False)
        clean = self._clean_until(self._seen.size) if self._is_prose() else self._nearby(self._seen.size)[0]
        self.rollback(place)
        return clean

    # ---- taking in ----

    def _whole_characters(self, piece: str | bytes, *, final: bool = False) -> bytes:
        """The characters that are complete now; what is no UTF-8 becomes U+FFFD."""
        if isinstance(piece, str):
            broken, self._unfinished = self._unfinished, b""
            return broken.decode("utf-8", "replace").encode() + encode(piece)
        data = self._unfinished + piece
        cut = len(data) if final else _whole(data)
        self._unfinished = data[cut:]
        return data[:cut].decode("utf-8", "replace").encode()

    def _take(self, data: bytes) -> None:
        if self._reads_code:
            around = self._tail + data
            self._code = self._code or may_hold_code(around)
            self._tail = around[-TAIL:]
            self._line = self._line or b"\n" in data or b"\r" in data
            self._look.add(data)
        if self._original is not None:
            self._original += data
        changed, hits = self._seen.append(data)
        if hits or self._watch.end > changed:
            self._observe(changed, hits)

    def _observe(self, changed: int, hits: int) -> None:
        """Let the watch see the words from token ``changed`` on."""
        floor = self._watch.look(self._seen, changed, hits)
        if floor is not None:
            self._live = floor if self._live is None else min(self._live, floor)
            self._active = self._seen.count

    # ---- giving out ----

    def _is_prose(self) -> bool:
        """Whether nothing since the last check of the whole can have changed what stands in code."""
        return not self._code and (not self._reads_code or self._fenced or not self._look.may_be_code)

    def _advance(self) -> str:
        """Judge what is due; what may leave."""
        size, count = self._seen.size, self._seen.count
        if self._unsure:
            return self._settle()
        if self._is_prose():
            if self._live is None:
                return self._give(self._limit())
            if count < self._due:
                return ""
            if not self._proposes():
                self._live = self._growing = None
                return self._give(self._limit())
            if self._window_is_clean(size):
                stretch = count - self._live
                self._due = count + max(STEP, stretch // 16)
                self._rest(True)
                return self._give(self._safe_limit())
        elif size - self._checked < (max(1 if self._line else LINE, size // 32) if self._code else max(32, size // 16)):
            return ""
        return self._settle()

    def _rest(self, clean: bool) -> None:
        """Let go of a live stretch that is clean and can grow no more."""
        if clean and self._seen.count - self._active > SETTLED:
            self._live = self._growing = None

    def _settle(self) -> str:
        """Check the whole text and do what the verdict says; what may leave."""
        text, verdict, evidence, found = self._check(self._seen.size)
        self._checked, self._line = self._seen.size, False
        self._due = self._seen.count + max(STEP, (self._seen.count - (self._live or 0)) // 16)
        if verdict.action >= Action.REDACT:
            self.verdict = verdict
            settled = self.filter.policy.decide([replace(item, match=replace(item.match, coverage=0.0, density=0.0)) for item in evidence],
                                                scanned=verdict.scanned)
            if settled.action < Action.REDACT and self.held < MOST_HELD_BYTES:
                return ""  # only as long as the text is short: wait for more of it
            return self._block() if verdict.action is Action.BLOCK else self._redact(text, verdict)
        self._note(self._growth(verdict, found, 0))
        if self._code and text.endswith(("\n", "\r")):
            shape = regions(text + "\n\nx")
            self._code = shape[-1].kind != "prose"
            self._fenced = any(region.kind == "fenced" for region in shape)
        return self._give(self._safe_limit())

    def _finish(self) -> str:
        """Everything that is left, by the verdict over the whole."""
        text, verdict, _, _ = self._check(self._seen.size)
        self.verdict = verdict if self._original is None else self.filter.check(self.text, prompt=self._prompt)
        if verdict.action is Action.BLOCK:
            return self._block()
        shown = self._redact(text, verdict) if verdict.action is Action.REDACT else self._give(self._seen.size)
        return shown + citations(self.verdict)

    def _block(self) -> str:
        self.blocked = True
        if self._original is not None:
            self.verdict = self.filter.check(self.text, prompt=self._prompt)
        return ("\n\n" if self._out else "") + self.filter.policy.fallback

    def _redact(self, text: str, verdict: Verdict) -> str:
        """Put markers where copies ended; hold back those that still grow."""
        given = ""
        while verdict.action is Action.REDACT:
            copies = united([match for match in verdict.matches if match.action >= Action.REDACT])
            held = [item for item in copies if len(encode(text[: item[0].end])) > self._out]
            if not held:  # the new text shows what was given out in another light: as code, say
                return given + (self._block() if self.closed or self.held >= MOST_HELD_BYTES else "")
            span, match = held[0]
            start, end = max(self._out, len(encode(text[: span.start]))), len(encode(text[: span.end]))
            if self._out < start and self._clean_until(start):
                given += self._give(start)
            if not self.closed and (self._code or self._words_behind(end) < NEAR):
                return given
            self._substitute(start, end, marker(match, self.filter.policy.replacement).encode())
            text, verdict, *_ = self._check(self._seen.size)
        if verdict.action is Action.BLOCK:
            return given + self._block()
        return given + self._give(self._seen.size if self.closed else self._safe_limit())

    def _substitute(self, start: int, end: int, shown: bytes) -> None:
        """Let ``shown`` stand for the bytes from ``start`` to ``end``."""
        if self._original is None:
            self._original = bytearray(self._seen.data(0, self._seen.size))
        rest = self._seen.data(end, self._seen.size)
        first, hits = self._seen.cut(start)
        if self._live is not None and self._live >= first:
            self._live = None
        self._growing = None
        self._observe(first, hits)
        self._observe(*self._seen.append(shown + rest))
        self._marked = start + len(shown)

    def _give(self, limit: int) -> str:
        if limit <= self._out:
            return ""
        piece, self._out = self._seen.data(self._out, limit), limit
        return piece.decode("utf-8", "surrogatepass")

    def _limit(self) -> int:
        """The byte where what may be the beginning of a copy begins, or the end."""
        seen, count, size = self._seen, self._seen.count, self._seen.size
        run = self._watch.run(count, LEAST_HELD)
        if self._growing is not None:
            run = self._growing if run is None else min(run, self._growing)
        if run is None or run >= count:
            return size
        begin = max(seen.start(max(run, count - MOST_HELD)), size - MOST_HELD_BYTES)
        while begin < size and seen.data(begin, begin + 1)[0] & 0xC0 == 0x80:
            begin += 1
        return max(begin, self._out)

    def _safe_limit(self) -> int:
        """The same, where all up to there was not checked by itself yet."""
        limit = self._limit()
        return limit if limit in (self._out, self._seen.size) or self._clean_until(limit) else self._out

    # ---- judging ----

    def _check(self, size: int) -> tuple[str, Verdict, list[Evidence], list[Found]]:
        """The first ``size`` bytes as `Filter.check` judges them."""
        text = self._seen.data(0, size).decode("utf-8", "surrogatepass")
        reading = self.filter.read(text)
        notes = list(reading.notes)
        found = self.filter.found(reading, notes=notes)
        evidence = self.filter.weigh(found, self._prompt)
        return text, self.filter.policy.decide(evidence, scanned=not notes, notes=tuple(notes)), evidence, found

    def _proposes(self) -> bool:
        """Whether the live stretch has chains worth verifying; without any, nothing there can grow but by a new seed."""
        return self._proposed(max(0, (self._live or 0) - MARGIN))

    def _proposed(self, first: int) -> bool:
        """Whether the words from ``first`` on have any."""
        symbols, starts, ends = columns(self._seen, first)
        seeds = seed(self._structures["text"], symbols, OCCURRENCES["text"])
        return seeds is not None and bool(chains(self._structures["text"], seeds, word_weights(starts, ends)))

    def _window_is_clean(self, size: int) -> bool:
        """Whether nothing that the live stretch has in the first ``size`` bytes counts; sees what still grows there."""
        clean, growth = self._window(max(0, (self._live or 0) - MARGIN), size)
        if size == self._seen.size:
            self._note(growth)
        return clean

    def _window(self, first: int, size: int) -> tuple[bool, Growth]:
        """Whether the words from ``first`` on, up to byte ``size``, are clean."""
        begin = self._seen.start(first) if first else 0
        symbols, starts, ends = columns(self._seen, first)
        count = int(ends.searchsorted(size, side="right"))
        base = np.uint32(begin)
        words = Tokens(symbols[:count], starts[:count] - base, ends[:count] - base)
        data = self._seen.data(begin, size)
        reading = Reading(data, Characters(data.decode("utf-8", "surrogatepass"), data), words, (), ())
        notes: list[str] = []
        found = self.filter.found(reading, notes=notes)
        verdict = self.filter.policy.decide(self.filter.weigh(found, self._prompt), scanned=not notes, notes=tuple(notes))
        return verdict.action < Action.REDACT, self._growth(verdict, found, first)

    def _clean_until(self, size: int) -> bool:
        """Whether the first ``size`` bytes are clean, the reader having seen that the text given out is."""
        if self._is_prose():
            return self._live is None or self._window_is_clean(size) or self._check(size)[1].action < Action.REDACT
        return self._check(size)[1].action < Action.REDACT

    def _nearby(self, size: int) -> tuple[bool, bool]:
        """Of the first ``size`` bytes, with code in them: whether what stands near the end is clean, and whether it has a match in code."""
        text = self._near_text(size)
        if text not in self._judged:
            if len(self._judged) >= JUDGED:
                self._judged.clear()
            found = self.filter.found(self.filter.read(text))
            clean = self.filter.policy.decide(self.filter.weigh(found, self._prompt)).action < Action.REDACT
            self._judged[text] = clean, not clean or any(item.stream.structure == "code" for item in found)
        return self._judged[text]

    def _near_text(self, size: int) -> str:
        """The last NEARBY bytes, from a line's beginning on; where that is within a block of code, with its opening line.

        What blocks there are is looked up at a few places of a text only, those its length alone names: the markdown of the whole is read
        sixteen times while it doubles.
        """
        begin, opening = 0, b""
        if size > NEARBY:
            stride = max(LINE, 1 << size.bit_length() - 5)
            place = self._line_before(size - size % stride)
            begin = self._line_before(min(place, size - NEARBY))
            opening = _opening(self._seen.data(0, place))
        return (opening + self._seen.data(begin, size)).decode("utf-8", "surrogatepass")

    def _line_before(self, size: int) -> int:
        """Where the last line of the first ``size`` bytes begins; of a line longer than LINE, its last piece."""
        tail = self._seen.data(max(0, size - LINE), size)
        begin = size - len(tail) + tail.rfind(b"\n") + 1 if b"\n" in tail else size - size % LINE
        while begin < size and self._seen.data(begin, begin + 1)[0] & 0xC0 == 0x80:
            begin += 1
        return begin

    def _growth(self, verdict: Verdict, found: list[Found], base: int) -> Growth:
        """Of the copies of prose in a text that ``base`` words precede."""
        waiting = {id(item.match): item.reason for item in verdict.set_aside}
        growing: int | None = None
        active = 0
        for item in found:
            if item.stream.structure != "text" or item.match.tokens < LEAST_GROWING:
                continue
            begin, end = base + int(item.positions.min()), base + int(item.positions.max()) + 1
            active = max(active, end)
            if end >= self._seen.count - NEAR and waiting.get(id(item.match), "").startswith(GROWING):
                growing = begin if growing is None else min(begin, growing)
        return growing, active

    def _note(self, growth: Growth) -> None:
        self._growing, active = growth
        self._active = max(self._active, active)

    def _words_behind(self, byte: int) -> int:
        return int((columns(self._seen, 0)[1] >= byte).sum())


@lru_cache(8)
def _opening(data: bytes) -> bytes:
    """The opening line of the fenced block that is open at the end of ``data``; empty when none is."""
    last = regions(data.decode("utf-8", "surrogatepass") + "\n\nx")[-1]
    return f"```{last.language or ''}\n".encode() if last.kind == "fenced" else b""


def _whole(data: bytes) -> int:
    """Bytes of UTF-8 up to the end of the last complete character."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte & 0xC0 != 0x80:
            size = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
            return len(data) - back if size > back else len(data)
    return len(data)
