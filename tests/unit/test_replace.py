"""Strategies: what comes back is judged again, and no strategy lets a copy through."""

from pathlib import Path

import pytest

from simfilter import Action, Document, Filter, build
from simfilter.replace import Regenerate, Rewrite, by_policy, refusal

STORY = (Path(__file__).parents[2] / "data" / "samples" / "lighthouse.txt").read_text("utf-8")
PARAGRAPH, OTHER = STORY.split("\n\n")[2:4]
TEXT = f"It begins. {PARAGRAPH} So it ends."
INNOCENT = "A keeper once counted ships for no reason at all."


@pytest.fixture(scope="module")
def filter_(tmp_path_factory: pytest.TempPathFactory) -> Filter:
    path = tmp_path_factory.mktemp("replace") / "index"
    build([Document(id="lighthouse.txt", text=STORY, source="samples")], path)
    return Filter.open(path)


def test_regenerate_bans_what_was_copied(filter_: Filter) -> None:
    asked: list[tuple[tuple[str, ...], int]] = []
    answers = iter([OTHER, TEXT, INNOCENT])

    def generate(banned: tuple[str, ...], attempt: int) -> str:
        asked.append((banned, attempt))
        return next(answers)

    outcome = filter_.resolve(TEXT, strategy=Regenerate(generate))
    assert (outcome.text, outcome.attempts, outcome.verdict.clean) == (INNOCENT, 3, True)
    assert [attempt for _, attempt in asked] == [1, 2, 3]
    assert [len(banned) for banned, _ in asked] == [1, 2, 2]
    assert asked[0][0][0] in TEXT and asked[1][0][1] in OTHER


def test_regenerate_falls_back(filter_: Filter) -> None:
    outcome = filter_.resolve(TEXT, strategy=Regenerate(lambda banned, attempt: TEXT, attempts=2))
    assert outcome.text == filter_.policy.fallback and outcome.verdict.action is Action.BLOCK and outcome.attempts == 2
    outcome = filter_.resolve(TEXT, strategy=Regenerate(lambda banned, attempt: TEXT, attempts=2, otherwise=by_policy))
    assert PARAGRAPH[20:60] not in outcome.text


def test_the_innocent_is_not_regenerated(filter_: Filter) -> None:
    def never(banned: tuple[str, ...], attempt: int) -> str:
        raise AssertionError

    assert filter_.resolve(INNOCENT, strategy=Regenerate(never)).text == INNOCENT
    assert filter_.resolve(INNOCENT, strategy=refusal).text == INNOCENT
    assert filter_.resolve(TEXT, strategy=refusal).text == filter_.policy.fallback


def test_rewrite_certifies(filter_: Filter) -> None:
    words = iter([PARAGRAPH.replace("harbour", "port"), "the keeper wrote it all down."])
    outcome = filter_.resolve(TEXT, strategy=Rewrite(lambda passage, match: next(words)))
    assert outcome.verdict.clean and outcome.attempts == 2
    assert outcome.text.startswith("It begins. ") and "the keeper wrote it all down." in outcome.text
    certificate = outcome.verdict.certificate
    assert certificate is not None and certificate.words < 12
    assert str(certificate) == f"no protected run of {certificate.words + 1} words or 16 code tokens or more remains"


def test_rewrite_that_does_not_help(filter_: Filter) -> None:
    outcome = filter_.resolve(TEXT, strategy=Rewrite(lambda passage, match: passage.upper(), attempts=2))
    assert outcome.text == filter_.policy.fallback and outcome.verdict.certificate is None and outcome.attempts == 2


def test_a_certificate_is_the_longest_run(filter_: Filter) -> None:
    words = PARAGRAPH.split()
    assert filter_.certify("Well. " + " ".join(words[5:15]) + " or so").words == 10
    assert filter_.certify(INNOCENT).words < 8
    assert filter_.certify("").code == 15
