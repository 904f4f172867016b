"""A conversation is judged as a whole."""

import json
from pathlib import Path

import pytest

from simfilter import Action, Document, Filter, build
from simfilter.errors import InputError
from simfilter.session import DOCUMENTS, INTERVALS, Ledger, Quota, Session
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
