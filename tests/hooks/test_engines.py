"""Steering under engines that move rows, take drafts back and ask twice; vLLM's and llama-cpp's interfaces as stubs of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simfilter import Action, Document, Filter, build
from simfilter.demo import ORIGINAL_PARAGRAPH
from simfilter.hooks import vllm
from simfilter.hooks.llama_cpp import SteeringProcessor
from simfilter.hooks.steering import Detokenizer, Steering
from tests.stream.texts import STORY

PASSAGE = STORY.split("\n\n")[2]
END = 256
VOCABULARY = 257


def decode(ids: Sequence[int]) -> str:
    """A tokenizer of bytes."""
    return bytes(token for token in ids if token != END).decode("utf-8", "replace")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("engines") / "index"
    build([Document(id="ledgers", text=STORY, source="s")], path)
    return path


@pytest.fixture(scope="module")
def filter_(index: Path) -> Filter:
    return Filter.open(index)


def favour(text: str, at: int, other: str = "q") -> list[int]:
    """A model that wants to recite: the next byte of ``text``, else another."""
    data = text.encode()
    return [data[at] if at < len(data) else END, ord(other), ord(" "), END]


def scores_for(ranked: list[int]) -> np.ndarray[Any, Any]:
    scores = np.full(VOCABULARY, -50.0, np.float32)
    for place, token in enumerate(ranked):
        scores[token] = max(scores[token], 10.0 - place)
    return scores


def test_pieces_are_the_text() -> None:
    words = Detokenizer(decode)
    text = "naïve 漢字 — “q” 🙂 " * 9
    assert "".join(words.add(byte) for byte in text.encode()) == text
    state, copied = words.state(), words.copy()
    words.add(65)
    words.restore(state)
    assert words.ids == copied.ids and words.piece(65) == copied.piece(65) == "A"


def test_rows_that_move_and_prefixes_that_change(filter_: Filter) -> None:
    """Whatever was asked before, the answer for a prefix is that of a steering that never saw anything else."""
    rng = random.Random(0)
    steering = Steering(filter_, decode, end=END)
    texts = [PASSAGE[:150].encode(), (PASSAGE[:60] + " and else").encode(), ORIGINAL_PARAGRAPH[:120].encode()]
    for _ in range(40):
        rows = [list(text[: rng.randrange(len(text))]) for text in rng.choices(texts, k=rng.randint(1, 4))]

        def ranked(row: int, rows: list[list[int]] = rows):
            return lambda count: [*PASSAGE.encode()[len(rows[row]) : len(rows[row]) + 1], 32, 113, END][:count]

        expected = [Steering(filter_, decode, end=END).step([ids], lambda _, row=row: ranked(row))[0] for row, ids in enumerate(rows)]
        assert steering.step(rows, ranked) == expected


def test_llama_cpp(filter_: Filter) -> None:
    llama = SimpleNamespace(detokenize=lambda ids: bytes(ids), token_eos=lambda: END)
    processor = SteeringProcessor(filter_, llama)
    ids = list(b"Tell me: ")
    begin = len(ids)
    while len(ids) < begin + 400:
        scores = processor(np.array(ids, np.intc), scores_for(favour(PASSAGE, len(ids) - begin)))
        token = int(scores.argmax())
        if token == END:
            break
        ids.append(token)
    text = decode(ids[begin:])
    assert text.startswith(PASSAGE[:60]) and filter_.check(text).action < Action.REDACT
    processor, innocent = SteeringProcessor(filter_, llama), b""
    while len(innocent) < len(ORIGINAL_PARAGRAPH):
        scores = processor(np.array([1, *innocent], np.intc), scores_for(favour(ORIGINAL_PARAGRAPH, len(innocent))))
        innocent += bytes([int(scores.argmax())])
    assert innocent.decode() == ORIGINAL_PARAGRAPH


class Logits(np.ndarray):
    """As much of a tensor as the processors use."""

    def topk(self, count: int) -> Any:
        return SimpleNamespace(indices=np.argsort(-np.asarray(self), kind="stable")[:count])

    def clone(self) -> Any:
        return self.copy()


def logits(rows: list[list[int]]) -> Any:
    return np.stack([scores_for(ranked) for ranked in rows]).view(Logits)


@pytest.fixture
def engine(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMFILTER_INDEX", str(index))
    tokenizer = SimpleNamespace(eos_token_id=END, decode=lambda ids, skip_special_tokens: decode(ids))
    monkeypatch.setattr(vllm, "_tokenizer", lambda config: tokenizer)


class Direction(Enum):
    UNIDIRECTIONAL = 0
    SWAP = 1


def test_vllm_v1(engine: None, filter_: Filter) -> None:
    processor = vllm.V1Processor(None, "cpu", False)
    assert not processor.is_argmax_invariant()
    wanted = SimpleNamespace(extra_args=None)
    texts = {"copy": PASSAGE, "innocent": ORIGINAL_PARAGRAPH, "opted out": PASSAGE}
    outputs: dict[str, list[int]] = {name: [] for name in texts}
    rows = list(texts)
    added = [(row, SimpleNamespace(extra_args={"simfilter": False}) if name == "opted out" else wanted, [1], outputs[name])
             for row, name in enumerate(rows)]
    processor.update_state(SimpleNamespace(batch_size=3, removed=[], added=added, moved=[]))
    for step in range(150):
        if step == 30:  # rows change places
            rows[0], rows[2] = rows[2], rows[0]
            processor.update_state(SimpleNamespace(batch_size=3, removed=[], added=[], moved=[(0, 2, Direction.SWAP)]))
        masked = processor.apply(logits([favour(texts[name], len(outputs[name])) for name in rows]))
        for row, name in enumerate(rows):
            outputs[name].append(int(np.asarray(masked[row]).argmax()))
        processor.update_state(None)
    assert decode(outputs["innocent"]) == ORIGINAL_PARAGRAPH[:150] and decode(outputs["opted out"]) == PASSAGE[:150]
    assert decode(outputs["copy"]) != PASSAGE[:150] and filter_.check(decode(outputs["copy"])).action < Action.REDACT
    processor.update_state(SimpleNamespace(batch_size=0, removed=[0, 1, 2], added=[], moved=[]))
    assert processor._outputs == {}


def test_vllm_v2_with_drafts(engine: None, filter_: Filter) -> None:
    """A request has one row for each token drafted; slots are used again."""
    prompt = list(b"Tell: ")
    states = SimpleNamespace(all_token_ids=np.zeros((2, 600), int), total_len=np.zeros(2, int), prompt_len=np.zeros(2, int))
    processor = vllm.V2Processor(None, states)
    with pytest.raises(ValueError, match="simfilter"):
        processor.validate_params(SimpleNamespace(extra_args={"simfilter": "no"}))
    for text, copied in ((PASSAGE, True), (ORIGINAL_PARAGRAPH, False)):
        states.all_token_ids[1, : len(prompt)] = prompt
        states.total_len[1] = states.prompt_len[1] = len(prompt)
        assert processor.add_request(1, SimpleNamespace(extra_args=None))
        processor.apply_staged_writes()
        made: list[int] = []
        while len(made) < 150 and END not in made:
            draft = list(text.encode()[len(made) : len(made) + 2])
            ctx = SimpleNamespace(expanded_idx_mapping=np.array([1, 1, 1]), expanded_local_pos=np.array([0, 1, 2]),
                                  input_ids=np.array([([*prompt, *made])[-1], *draft]))
            masked = np.asarray(processor.apply(logits([favour(text, len(made) + ahead) for ahead in range(3)]), ctx))
            for row in range(3):
                made.append(int(masked[row].argmax()))
                if row < 2 and made[-1] != draft[row]:
                    break
            states.all_token_ids[1, len(prompt) : len(prompt) + len(made)] = made
            states.total_len[1] = len(prompt) + len(made)
        assert (decode(made[:150]) == text[:150]) is not copied
        assert filter_.check(decode(made)).action < Action.REDACT
