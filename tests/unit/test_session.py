"""A conversation is judged as a whole."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simfilter import Action, Document, Filter, build
from simfilter.errors import InputError, ParameterError
from simfilter.session import DOCUMENTS, INTERVALS, Ledger, Quota, Quoted, Session
from simfilter.stream import Stream

STORY = (Path(__file__).parents[2] / "data" / "samples" / "lighthouse.txt").read_text("utf-8")
WORDS = STORY.split("\n\n")[2].split()


@pytest.fixture(scope="module")
def filter_(tmp_path_factory: pytest.TempPathFactory) -> Filter:
    path = tmp_path_factory.mktemp("session") / "index"
    build([Document(id="lighthouse.txt", text=STORY, source="samples")], path)
    return Filter.open(path)


def quote(start: int, length: int = 16) -> str:
    return "He said: " + " ".join(STORY.split()[start : start + length]) + " - and that was it."


def test_a_copy_goes_on_in_the_next_turn(filter_: Filter) -> None:
    first, second = " ".join(WORDS[:17]), " ".join(WORDS[17:34])
    assert filter_.check(second).clean
    session = Session(filter_)
    assert session.turn(first).clean
    verdict = session.turn(second)
    assert verdict.action is Action.BLOCK and verdict.matches[0].query.of(second) == second.rstrip(".,")
    assert verdict.matches[0].rule == "default; session: 34 tokens with what was seen before"
    assert Session(filter_).turn(second).clean


def test_what_was_said_before_is_no_news(filter_: Filter) -> None:
    session = Session(filter_)
    assert [session.turn(quote(200)).action for _ in range(6)] == [Action.ALLOW] * 6


def test_many_short_quotes_are_a_long_one(filter_: Filter) -> None:
    places = (0, 80, 160, 240)
    session = Session(filter_, quota=Quota(tokens=60))
    actions = [session.turn(quote(place)).action for place in places]
    assert actions == [Action.ALLOW] * 3 + [Action.BLOCK]
    assert all(filter_.check(quote(place)).clean for place in places)
    patient = Session(filter_, quota=Quota(tokens=10_000))
    assert all(patient.turn(quote(place)).clean for place in places)


def test_what_the_prompt_supplied_leaves_no_trace(filter_: Filter) -> None:
    session = Session(filter_)
    assert session.turn(STORY[:3000], prompt=STORY).clean
    assert not session.ledger.seen
    assert session.turn(quote(300)).clean


def test_a_blocked_turn_was_not_seen(filter_: Filter) -> None:
    session = Session(filter_)
    assert session.turn(STORY[:1500]).action is Action.BLOCK
    assert not session.ledger.seen


def test_streams_know_the_session(filter_: Filter) -> None:
    session = Session(filter_)
    session.turn(" ".join(WORDS[:17]))
    stream = Stream(session)
    shown = "".join(stream.accept(word + " ") for word in WORDS[17:34])
    assert stream.blocked and session.policy.fallback in shown


def test_the_ledger_can_be_stored(filter_: Filter) -> None:
    session = Session(filter_)
    session.turn(" ".join(WORDS[:17]))
    stored = session.ledger.dumps()
    assert WORDS[3] not in stored and json.loads(stored)
    again = Session(filter_, ledger=Ledger.loads(stored))
    assert again.turn(" ".join(WORDS[17:34])).action is Action.BLOCK
    for broken in ("", "[]", "{}", '{"simfilter_ledger": 9, "seen": {}}', '{"simfilter_ledger": 1, "seen": {"a": [[1]]}}'):
        with pytest.raises(InputError):
            Ledger.loads(broken)


def test_memory_is_bounded() -> None:
    ledger = Ledger()
    for at in range(3 * INTERVALS):
        ledger.add("one", 1000 * at, 1000 * at + 10, 5, 20.0)
    assert len(ledger.seen["one"]) == INTERVALS and round(ledger.quoted("one")[0]) == 15 * INTERVALS
    for number in range(3 * DOCUMENTS):
        ledger.add(f"{number}", 0, 10, 5, 20.0)
    assert len(ledger.seen) == DOCUMENTS and "one" not in ledger.seen and f"{3 * DOCUMENTS - 1}" in ledger.seen


def test_the_share_is_that_of_the_union() -> None:
    """Beside a set of characters: whatever is seen in whatever order, each counts once, and tokens go with them."""
    rng = random.Random(0)
    ledger, characters = Ledger(), set()
    for _ in range(300):
        start = rng.randrange(3000)
        end = start + rng.randrange(1, 120)
        ledger.add("a", start, end, (end - start) / 5, end - start)
        characters |= set(range(start, end))
        assert ledger.characters("a") == len(characters)
        assert ledger.quoted("a")[0] == pytest.approx(len(characters) / 5)
        starts = [interval.start for interval in ledger.seen["a"]]
        assert starts == sorted(starts)


def test_what_was_quoted_is_told(filter_: Filter) -> None:
    session = Session(filter_)
    assert session.quoted() == []
    for at in (200, 205, 60):
        assert session.turn(quote(at, 12)).clean
    (told,) = session.quoted()
    assert (told.document, told.source) == ("lighthouse.txt", "samples")
    shown = len(" ".join(STORY.split()[200:217])) + len(" ".join(STORY.split()[60:72]))
    assert 28 <= told.tokens <= 30 and told.share == pytest.approx(shown / len(STORY), rel=0.05)
    session.ledger.add("gone", 0, 10, 3, 9.0)  # a document that is protected no more
    assert session.quoted() == [told] and isinstance(told, Quoted)


def test_quotas_by_share_and_by_source(tmp_path: Path) -> None:
    parts = STORY.split("\n\n")
    build([Document(id=f"part {number}", text=part, source="Lighthouse") for number, part in enumerate(parts[2:5])], tmp_path / "index")
    filter_ = Filter.open(tmp_path / "index")
    quotes = [" ".join(part.split()[20:36]) for part in parts[2:5]]
    assert all(filter_.check(each).clean for each in quotes)
    assert [Session(filter_).turn(each).action for each in quotes] == [Action.ALLOW] * 3
    by_source = Session(filter_, quota=Quota(source=40))
    assert [by_source.turn(each).action for each in quotes] == [Action.ALLOW] * 2 + [Action.BLOCK]
    words = parts[2].split()
    pieces = [" ".join(words[at : at + 12]) for at in (0, 80)]
    assert all(Session(filter_).turn(each).clean for each in pieces)
    by_share = Session(filter_, quota=Quota(share=len(" ".join(words[:18])) / len(parts[2])))
    assert [by_share.turn(each).action for each in pieces] == [Action.ALLOW, Action.BLOCK]
    for wrong in ({"tokens": -1}, {"share": 1.5}, {"source": -3}):
        with pytest.raises(ParameterError):
            Quota(**wrong)


def test_stitched_short_quotes(filter_: Filter) -> None:
    """Nine words a turn, too few to be a match: one after the other they are a copy."""
    words = STORY.split("\n\n")[2].split()
    session = Session(filter_)
    actions = []
    for at in range(0, 45, 9):
        answer = f"Then: {' '.join(words[at : at + 9])}. And what else?"
        assert not filter_.check(answer).matches
        actions.append(session.turn(answer).action)
    assert Action.BLOCK in actions and actions[0] is Action.ALLOW
    innocent = Session(filter_)
    assert all(innocent.turn(f"Line {number}: the wind, the lamp and the sea at half past {number}.").clean for number in range(40))


def test_edited_copies_go_on_over_many_turns(filter_: Filter) -> None:
    words = STORY.split("\n\n")[3].split()
    for at in range(7, len(words), 9):
        words[at] = "thing"
    session = Session(filter_)
    actions = [session.turn(" ".join(words[at : at + 14])).action for at in range(0, 56, 14)]
    assert actions[0] is Action.ALLOW and Action.BLOCK in actions


def test_a_streamed_turn_is_remembered(filter_: Filter) -> None:
    first, second = " ".join(WORDS[:17]), " ".join(WORDS[17:34])

    async def later(text: str) -> AsyncIterator[str]:
        for word in text.split():
            yield word + " "

    async def shown(session: Session, text: str) -> str:
        return "".join([piece async for piece in session.astream(later(text))])

    session = Session(filter_)
    assert "".join(session.stream([first])) == first
    assert session.policy.fallback in asyncio.run(shown(session, second))
    session = Session(filter_)
    assert asyncio.run(shown(session, first)).rstrip() == first
    assert session.turn(second).action is Action.BLOCK
    session = Session(filter_)
    flow = session.stream(word + " " for word in first.split())
    seen = "".join(next(flow) for _ in range(5))
    flow.close()  # the reader left
    assert session.ledger.characters("lighthouse.txt") <= len(seen)
    supplied = Session(filter_)
    assert "".join(supplied.stream([first], prompt=first)) == first and not supplied.ledger.seen


def test_a_stored_ledger_is_the_ledger(filter_: Filter) -> None:
    session = Session(filter_)
    for at in (10, 200, 60):
        session.turn(quote(at, 14))
    again = Ledger.loads(session.ledger.dumps())
    assert again.dumps() == session.ledger.dumps() and list(again.seen) == list(session.ledger.seen)
    assert Session(filter_, ledger=again).quoted()[0].share == session.quoted()[0].share
