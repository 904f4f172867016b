"""guardrails-ai's own Guard around the validator. Skips where it is absent."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("OTEL_SDK_DISABLED", "true")  # guardrails-ai reports what it does to its makers
guardrails = pytest.importorskip("guardrails", reason="guardrails-ai is not installed")
if not hasattr(guardrails, "Guard"):
    pytest.skip("guardrails-ai is not installed", allow_module_level=True)

from simfilter import Document, Filter, build  # noqa: E402
from simfilter.demo import ORIGINAL_PARAGRAPH  # noqa: E402
from simfilter.hooks.guardrails_ai import SimfilterValidator  # noqa: E402
from tests.stream.texts import STORY  # noqa: E402

PASSAGE = STORY.split("\n\n")[2]


@pytest.fixture(scope="module")
def filter_(tmp_path_factory: pytest.TempPathFactory) -> Filter:
    path = tmp_path_factory.mktemp("guardrails") / "index"
    build([Document(id="ledgers", text=STORY, source="Harbour Stories")], path)
    return Filter.open(path)


def test_fix(filter_: Filter) -> None:
    guard = guardrails.Guard().use(SimfilterValidator(filter_, on_fail="fix"))
    outcome = guard.parse("So: " + PASSAGE)
    assert outcome.validated_output == filter_.policy.fallback
    assert guard.parse(ORIGINAL_PARAGRAPH).validated_output == ORIGINAL_PARAGRAPH


def test_what_the_user_supplied(filter_: Filter) -> None:
    guard = guardrails.Guard().use(SimfilterValidator(filter_, on_fail="exception"))
    assert guard.parse(PASSAGE, metadata={"prompt": PASSAGE}).validated_output == PASSAGE
    with pytest.raises(Exception, match="Harbour Stories"):
        guard.parse(PASSAGE)
