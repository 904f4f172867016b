"""guardrails-ai: a validator whose fix is the text as it may be seen.

    guard = Guard().use(SimfilterValidator(filter, on_fail="fix"))

Tried with guardrails-ai 0.11. Streams are judged over the whole text so far, not sentence by sentence: a copy has no full stops to keep to.
``metadata={"prompt": ...}`` tells what the user supplied.
"""

from __future__ import annotations

from typing import Any

from guardrails.validator_base import FailResult, PassResult, Validator, register_validator

from simfilter.filter import Filter
from simfilter.types import Action


@register_validator(name="simfilter/protected-material", data_type="string")  # type: ignore[misc,unused-ignore]
class SimfilterValidator(Validator):  # type: ignore[misc]
    """Fails on what is to be redacted or blocked."""

    def __init__(self, filter: Filter, on_fail: Any = None, **options: Any) -> None:
        super().__init__(on_fail=on_fail, **options)
        self.filter = filter

    def _validate(self, value: Any, metadata: dict[str, Any]) -> Any:
        outcome = self.filter.resolve(value, prompt=metadata.get("prompt"))
        if outcome.verdict.action < Action.REDACT:
            return PassResult()
        sources = sorted({match.provenance.source for match in outcome.verdict.matches})
        return FailResult(error_message=f"protected text of {', '.join(sources) or 'an unreadable answer'}", fix_value=outcome.text)

    def _chunking_function(self, chunk: str) -> list[str]:
        return []  # nothing is validated before the end: a stream is to go through `Filter.stream`
