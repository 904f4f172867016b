"""LangChain's own agent loop around a model that recites. Skips where it is absent."""

from __future__ import annotations

import pytest

pytest.importorskip("langchain.agents.middleware", reason="langchain is not installed")

from langchain.agents import create_agent
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from simfilter import Document, Filter, build
from simfilter.demo import ORIGINAL_PARAGRAPH
from simfilter.hooks.langchain import SimfilterMiddleware
from simfilter.replace import Rewrite
from tests.stream.texts import STORY

PASSAGE = STORY.split("\n\n")[2]


@pytest.fixture(scope="module")
def filter_(tmp_path_factory: pytest.TempPathFactory) -> Filter:
    path = tmp_path_factory.mktemp("langchain") / "index"
    build([Document(id="ledgers", text=STORY, source="s")], path)
    return Filter.open(path)


def answer(filter_: Filter, says: str, asked: str = "Tell me.", **options: object) -> str:
    model = GenericFakeChatModel(messages=iter([AIMessage(says)]))
    agent = create_agent(model, [], middleware=[SimfilterMiddleware(filter_, **options)])
    return str(agent.invoke({"messages": [{"role": "user", "content": asked}]})["messages"][-1].text)


def test_a_recited_passage_is_blocked(filter_: Filter) -> None:
    assert answer(filter_, "So: " + PASSAGE) == filter_.policy.fallback


def test_innocent_answers_and_the_users_own_text_pass(filter_: Filter) -> None:
    assert answer(filter_, ORIGINAL_PARAGRAPH) == ORIGINAL_PARAGRAPH
    assert answer(filter_, PASSAGE, asked="Correct this: " + PASSAGE) == PASSAGE


def test_strategies(filter_: Filter) -> None:
    assert answer(filter_, "So: " + PASSAGE, strategy=Rewrite(lambda passage, match: "a keeper wrote")) == "So: a keeper wrote."
