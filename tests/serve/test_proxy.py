"""The proxy between the official client and a stub upstream that recites. Skips where `openai` is absent."""

from __future__ import annotations

import asyncio
import time

import pytest

openai = pytest.importorskip("openai", reason="openai is not installed")
import httpx  # noqa: E402

from simfilter.hooks.openai import chat, responses  # noqa: E402
from tests.serve.conftest import ANSWERS, PASSAGE, PIECE, Running, Stub  # noqa: E402

FALLBACK = "I can't repeat that text"


def ask(word: str, **more: object) -> dict[str, object]:
    return {"model": "m", "messages": [{"role": "user", "content": word}], **more}


@pytest.fixture
def client(proxy: Running):
    with openai.OpenAI(base_url=proxy.url + "/v1", api_key="secret-key", max_retries=0) as client:
        yield client


def test_whole_answers(client) -> None:
    assert client.chat.completions.create(**ask("innocent")).choices[0].message.content == ANSWERS["innocent"]
    choice = client.chat.completions.create(**ask("recite")).choices[0]
    assert choice.message.content.startswith(FALLBACK) and choice.finish_reason == "content_filter"
    answer = client.responses.create(model="m", input="recite")
    assert answer.output_text.startswith(FALLBACK) and answer.status == "incomplete"
    assert client.responses.create(model="m", input="innocent").output_text == ANSWERS["innocent"]


def test_streamed_answers(client) -> None:
    chunks = list(client.chat.completions.create(**ask("innocent"), stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == ANSWERS["innocent"]
    assert chunks[-1].choices[0].finish_reason == "stop"
    chunks = list(client.chat.completions.create(**ask("recite"), stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert FALLBACK in text and PASSAGE[120:160] not in text
    assert chunks[-1].choices[0].finish_reason == "content_filter"


def test_completions(client) -> None:
    """The older route, whole and streamed."""
    for word, reason in (("innocent", "stop"), ("recite", "content_filter")):
        whole = client.completions.create(model="m", prompt=word).choices[0]
        chunks = list(client.completions.create(model="m", prompt=word, stream=True))
        text = "".join(chunk.choices[0].text for chunk in chunks)
        assert whole.finish_reason == chunks[-1].choices[0].finish_reason == reason
        for told in (whole.text, text):
            assert told == ANSWERS[word] if word == "innocent" else FALLBACK in told and PASSAGE[120:160] not in told


def test_moderations_by_the_client(client) -> None:
    parts = [{"type": "text", "text": ANSWERS["recite"]}]
    for given, flagged in (([*ANSWERS.values()], [False, True]), (ANSWERS["innocent"], [False]), (parts, [True])):
        assert [result.flagged for result in client.moderations.create(input=given).results] == flagged
    with pytest.raises(openai.UnprocessableEntityError):
        client.moderations.create(input=[{"type": "image_url", "image_url": {"url": "x"}}])


def test_streamed_responses(client) -> None:
    events = list(client.responses.create(model="m", input="innocent", stream=True))
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == ANSWERS["innocent"]
    assert events[-1].response.output_text == ANSWERS["innocent"]
    events = list(client.responses.create(model="m", input="recite", stream=True))
    assert events[-1].type == "response.incomplete"
    assert all(PASSAGE[120:160] not in event.to_json() for event in events)


def test_what_the_user_supplied_comes_back(client) -> None:
    answer = client.chat.completions.create(model="m", messages=[
        {"role": "system", "content": "Correct: " + PASSAGE}, {"role": "user", "content": "recite"}])
    assert answer.choices[0].message.content == ANSWERS["recite"]


def test_errors(client, proxy: Running) -> None:
    with pytest.raises(openai.RateLimitError) as refused:
        client.chat.completions.create(**ask("refuse"))
    assert PASSAGE[:20] not in str(refused.value)
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(**ask("refuse"), stream=True)
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=proxy.url + "/v1", api_key="wrong", max_retries=0).chat.completions.create(**ask("innocent"))
    with pytest.raises(openai.APIError, match="broke off"):
        list(client.chat.completions.create(**ask("die"), stream=True))


def settled(stub: Stub, proxy: Running) -> bool:
    """Whether everything was let go of within a second or two."""
    for _ in range(100):
        if stub.open == 0 and proxy.app.state.server.visits.active == 0:
            return True
        time.sleep(0.03)
    return False


def test_a_blocked_upstream_is_left(client, stub: Stub, proxy: Running) -> None:
    before = stub.sent
    list(client.chat.completions.create(**ask("endless"), stream=True))
    assert stub.sent - before < 0.7 * len(ANSWERS["recite"]) / PIECE
    assert settled(stub, proxy)


def test_an_answer_read_to_its_end_leaves_its_connection_to_the_next(client, stub: Stub) -> None:
    list(client.chat.completions.create(**ask("innocent"), stream=True))
    before = set(stub.connections)
    for stream in (True, False, True):
        answer = client.chat.completions.create(**ask("innocent"), stream=stream)
        assert not stream or list(answer)
    assert stub.connections == before


def test_a_reader_that_goes_away(client, stub: Stub, proxy: Running) -> None:
    stream = client.chat.completions.create(**ask("innocent"), stream=True)
    next(iter(stream))
    stream.close()
    assert settled(stub, proxy)


def test_sixty_four_at_once_and_a_slow_one(proxy: Running, stub: Stub) -> None:
    async def one(client, number: int) -> tuple[str, float]:
        started, first, text = time.perf_counter(), 0.0, ""
        async for chunk in await client.chat.completions.create(**ask("recite" if number % 2 else "innocent"), stream=True):
            first = first or time.perf_counter() - started
            text += chunk.choices[0].delta.content or ""
            if number == 0:
                await asyncio.sleep(0.01)
        return text, first

    async def all_of_them() -> list[tuple[str, float]]:
        async with openai.AsyncOpenAI(base_url=proxy.url + "/v1", api_key="secret-key", max_retries=0) as client:
            return await asyncio.gather(*(one(client, number) for number in range(64)))

    for number, (text, _) in enumerate(asyncio.run(asyncio.wait_for(all_of_them(), 120))):
        if number % 2:
            assert FALLBACK in text and PASSAGE[120:160] not in text
        else:
            assert text == ANSWERS["innocent"]
    assert settled(stub, proxy)


def test_too_many(proxy: Running) -> None:
    server = proxy.app.state.server
    server.visits.active += 80
    try:
        answer = httpx.post(proxy.url + "/v1/check", json={"text": "a"}, headers={"authorization": "Bearer secret-key"})
        assert answer.status_code == 503 and answer.headers["retry-after"]
    finally:
        server.visits.active -= 80


def test_the_client_side_hook(upstream: str, proxy: Running) -> None:
    """The same streams made safe in the client, with no proxy between."""
    filter_ = proxy.app.state.server.filter
    with openai.OpenAI(base_url=upstream + "/v1", api_key="k", max_retries=0) as client:
        for word in ("innocent", "recite"):
            chunks = list(chat(filter_, client.chat.completions.create(**ask(word), stream=True)))
            text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
            assert text == ANSWERS[word] if word == "innocent" else FALLBACK in text and PASSAGE[120:160] not in text
            events = list(responses(filter_, client.responses.create(model="m", input=word, stream=True)))
            assert events[-1].type == ("response.completed" if word == "innocent" else "response.incomplete")
            assert word == "innocent" or all(PASSAGE[120:160] not in event.to_json() for event in events)
