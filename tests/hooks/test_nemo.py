"""NeMo Guardrails' own rails around a model that recites. Skips where it is absent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

nemoguardrails = pytest.importorskip("nemoguardrails", reason="nemoguardrails is not installed")
fakes = pytest.importorskip("nemoguardrails.testing.fake_model", reason="this nemoguardrails has no model to test with")

from simfilter import Document, Filter, Policy, build  # noqa: E402
from simfilter.demo import ORIGINAL_PARAGRAPH  # noqa: E402
from simfilter.errors import ParameterError  # noqa: E402
from simfilter.hooks.nemo import FLOW, register, stream  # noqa: E402
from tests.stream.texts import STORY  # noqa: E402

PASSAGE = STORY.split("\n\n")[2]
REFUSAL = "I'm sorry, I can't respond to that."
COLANG = FLOW + f'\ndefine bot refuse to respond\n  "{REFUSAL}"\n'
WINDOWS = "    streaming:\n      enabled: True\n      stream_first: False\n      context_size: 0\n      chunk_size: 8\n"
CONFIG = "rails:\n  output:\n    flows:\n      - simfilter check output\n"


@pytest.fixture(scope="module")
def filter_(tmp_path_factory: pytest.TempPathFactory) -> Filter:
    path = tmp_path_factory.mktemp("nemo") / "index"
    build([Document(id="ledgers", text=STORY, source="Harbour Stories")], path)
    return Filter.open(path)


def rails(filter_: Filter, says: str, config: str = CONFIG) -> Any:
    loaded = nemoguardrails.RailsConfig.from_content(colang_content=COLANG, yaml_content=config)
    made = nemoguardrails.LLMRails(loaded, llm=fakes.FakeLLMModel(responses=[says] * 3))
    register(made, filter_)
    return made


def answer(filter_: Filter, says: str, asked: str = "Tell me.") -> str:
    said = asyncio.run(rails(filter_, says).generate_async(messages=[{"role": "user", "content": asked}]))
    return str(said["content"])


def test_a_recited_passage_is_refused(filter_: Filter) -> None:
    assert answer(filter_, "So: " + PASSAGE) == REFUSAL


def test_innocent_answers_and_the_users_own_text_pass(filter_: Filter) -> None:
    assert answer(filter_, ORIGINAL_PARAGRAPH) == ORIGINAL_PARAGRAPH
    assert answer(filter_, PASSAGE, asked="Correct this: " + PASSAGE) == PASSAGE


def test_redaction_rewrites_the_answer(filter_: Filter) -> None:
    redacting = Filter(filter_.index, Policy.parse({"action": "redact"}))
    assert answer(redacting, f"So: {PASSAGE} That was it.") == redacting.apply(f"So: {PASSAGE} That was it.")


def test_a_stream_is_judged_as_a_whole(filter_: Filter) -> None:
    """Each of NeMo's windows is too short to be a copy; all together are one."""
    async def shown(says: str) -> str:
        async def generator() -> Any:
            for at in range(0, len(says), 9):
                yield says[at : at + 9]

        given = stream(rails(filter_, says, CONFIG + WINDOWS), filter_, messages=[{"role": "user", "content": "Tell me."}],
                       generator=generator())
        return "".join([piece async for piece in given])

    assert asyncio.run(shown(ORIGINAL_PARAGRAPH)) == ORIGINAL_PARAGRAPH
    said = asyncio.run(shown("So: " + PASSAGE))
    assert said.startswith("So: ") and said.endswith(filter_.policy.fallback) and PASSAGE[120:160] not in said


def test_what_would_fail_open_is_refused_at_the_start(filter_: Filter) -> None:
    with pytest.raises(ParameterError, match="simfilter check output"):
        rails(filter_, "a", "rails:\n  output:\n    flows: []\n")
    with pytest.raises(ParameterError, match="stream_first"):
        rails(filter_, "a", CONFIG + "    streaming:\n      enabled: True\n      chunk_size: 8\n")
