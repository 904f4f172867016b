"""A tiny GPT-2 that recites what it was trained on, with and without the filter. Skips where torch or transformers is absent."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")
tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")

from simfilter import Action, Document, Filter, Policy, build  # noqa: E402
from simfilter.demo import ORIGINAL_FUNCTION, ORIGINAL_PARAGRAPH  # noqa: E402
from simfilter.hooks.transformers import SafeStreamer, SteeringProcessor, decoder  # noqa: E402
from simfilter.replace import Regenerate  # noqa: E402
from tests.stream.texts import FUNCTIONS, STORY  # noqa: E402

PASSAGE = " ".join(STORY.split("\n\n")[2].split()[:116])
FUNCTION = next(source for source in FUNCTIONS if source.startswith("def _wrap_chunks"))
FUNCTION = "\n".join(line for line in FUNCTION.splitlines() if not line.strip().startswith("#"))
FUNCTION = "def" + FUNCTION.split("def", 1)[1][:620]
SENTENCES = [part + "." for part in ORIGINAL_PARAGRAPH.split(". ")]
TEXTS = {
    "Tell the story of the ledgers:": "It goes like this. " + PASSAGE,
    "Write the wrapping function:": f"Here it is.\n\n```python\n{FUNCTION}\n```\n",
    "Add two numbers:": f"Sure.\n\n```python\n{ORIGINAL_FUNCTION}```\n",
    **{f"Say sentence {'abcdef'[number]}:": sentence for number, sentence in enumerate(SENTENCES[:3])},
}
PROMPTS = list(TEXTS)


@pytest.fixture(scope="module")
def reciter() -> tuple[Any, Any]:
    """A model and its tokenizer, trained until all texts come out word for word."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # on a busy machine two wait for each other
    bpe = tokenizers.ByteLevelBPETokenizer()
    bpe.train_from_iterator([prompt + text for prompt, text in TEXTS.items()], vocab_size=1000, min_frequency=2,
                            special_tokens=["<eos>"], show_progress=False)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=bpe._tokenizer, eos_token="<eos>", pad_token="<eos>",
                                                     padding_side="left")
    config = transformers.GPT2Config(vocab_size=len(tokenizer), n_positions=512, n_embd=64, n_layer=2, n_head=4, resid_pdrop=0,
                                     embd_pdrop=0, attn_pdrop=0, bos_token_id=0, eos_token_id=0, pad_token_id=0)
    model = transformers.GPT2LMHeadModel(config)
    rows = [tokenizer(prompt + text)["input_ids"] + [0] for prompt, text in TEXTS.items()]
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    labels = torch.tensor([row + [-100] * (longest - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=200, pct_start=0.1)
    for _ in range(200):
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if loss.item() < 0.02:
            break
    model.eval()
    return model, tokenizer


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hooks") / "index"
    build([Document(id="ledgers", text=STORY, source="Harbour Stories"),
           Document(id="wrap.py", text=textwrap.dedent(FUNCTION), source="CPython", language="python")], path)
    return path


def generate(reciter: tuple[Any, Any], prompts: list[str], **options: Any) -> list[str]:
    model, tokenizer = reciter
    batch = tokenizer(prompts, return_tensors="pt", padding=True)
    made = model.generate(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], max_new_tokens=320,
                          **({"do_sample": False} | options))
    return [tokenizer.decode(row[batch["input_ids"].shape[1] :], skip_special_tokens=True) for row in made]


def processor(reciter: tuple[Any, Any], filter_: Filter, prompts: list[str], **options: Any) -> SteeringProcessor:
    length = reciter[1](prompts, return_tensors="pt", padding=True)["input_ids"].shape[1]
    return SteeringProcessor(filter_, reciter[1], prompt_length=length, **options)


def test_the_unfiltered_loop_leaks(reciter: tuple[Any, Any], index: Path) -> None:
    filter_ = Filter.open(index)
    answers = generate(reciter, PROMPTS)
    assert [answer == text for answer, text in zip(answers, TEXTS.values(), strict=True)] == [True] * len(TEXTS)
    assert [filter_.check(answer).action for answer in answers] == [Action.BLOCK] * 2 + [Action.ALLOW] * (len(TEXTS) - 2)


@pytest.mark.parametrize("action", ["block", "redact"])
def test_streamed(reciter: tuple[Any, Any], index: Path, action: str) -> None:
    filter_ = Filter.open(index, policy=Policy.parse({"action": action}))
    for prompt, text in TEXTS.items():
        shown: list[str] = []
        streamer = SafeStreamer(filter_, reciter[1], lambda piece, row, shown=shown: shown.append(piece))
        generate(reciter, [prompt], streamer=streamer, stopping_criteria=[streamer])
        seen = "".join(shown)
        if filter_.check(text).clean:
            assert seen == text
        else:
            assert filter_.check(seen).action < Action.REDACT
            assert PASSAGE[150:] not in seen and FUNCTION[200:] not in seen
            assert streamer.streams[0].verdict.action is Action.parse(action)
            if action == "block":
                assert seen.endswith(filter_.policy.fallback) and len(streamer.streams[0].text) < 0.9 * len(text)


def test_a_batch_is_streamed_row_by_row(reciter: tuple[Any, Any], index: Path) -> None:
    shown = [""] * len(PROMPTS)

    def show(piece: str, row: int) -> None:
        shown[row] += piece

    filter_ = Filter.open(index)
    streamer = SafeStreamer(filter_, reciter[1], show)
    generate(reciter, PROMPTS, streamer=streamer, stopping_criteria=[streamer])
    assert shown[2:] == list(TEXTS.values())[2:]
    assert all(answer.endswith(filter_.policy.fallback) for answer in shown[:2])


@pytest.mark.parametrize("options", [{}, {"do_sample": True, "temperature": 1.0}, {"num_beams": 3}, {"prompt_lookup_num_tokens": 4}],
                         ids=["greedy", "sampled", "beams", "prompt lookup"])
def test_steered(reciter: tuple[Any, Any], index: Path, options: dict[str, Any]) -> None:
    filter_ = Filter.open(index)
    torch.manual_seed(1)
    prompts = {"prompt_lookup_num_tokens": PROMPTS[:1], "num_beams": [PROMPTS[0], PROMPTS[3]]}.get(next(iter(options), ""), PROMPTS[:4])
    answers = generate(reciter, prompts, logits_processor=[processor(reciter, filter_, prompts)], **options)
    for answer, prompt in zip(answers, prompts, strict=True):
        text = TEXTS[prompt]
        assert filter_.check(answer).action < Action.REDACT, prompt
        if filter_.check(text).clean and not options.get("do_sample"):
            assert answer == text
        elif prompt == PROMPTS[0] and not options.get("do_sample"):
            assert answer[:60] == text[:60] and answer != text  # it begins alike and is led elsewhere


def test_regenerated(reciter: tuple[Any, Any], index: Path) -> None:
    """Where logits are out of reach: ask again, warmer each time, until nothing of it is left."""
    filter_ = Filter.open(index)

    def again(banned: tuple[str, ...], attempt: int) -> str:
        torch.manual_seed(attempt)
        return generate(reciter, PROMPTS[:1], do_sample=True, temperature=1.0 + attempt)[0]

    outcome = filter_.resolve(generate(reciter, PROMPTS[:1])[0], strategy=Regenerate(again, attempts=4))
    assert outcome.attempts >= 1 and filter_.check(outcome.text).clean


def test_decoder(reciter: tuple[Any, Any]) -> None:
    """Plain tokenizers are passed by; one that does something of its own is asked."""
    class Shouting(transformers.PreTrainedTokenizerFast):  # type: ignore[misc, name-defined]
        def _decode(self, *given: Any, **options: Any) -> str:
            return str(super()._decode(*given, **options)).upper()

    tokenizer = reciter[1]
    ids = [*tokenizer(PASSAGE)["input_ids"], 0]
    assert decoder(tokenizer)(ids) == tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False) == PASSAGE
    assert decoder(Shouting(tokenizer_object=tokenizer.backend_tokenizer, eos_token="<eos>"))(ids) == PASSAGE.upper()


def test_overhead(reciter: tuple[Any, Any], index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Innocent rows at batch 8: what the processor adds to a step. Told, and bounded loosely: machines differ."""
    prompts = (PROMPTS[3:] * 3)[:8]
    filter_ = Filter.open(index)

    def seconds(**options: Any) -> tuple[float, int]:
        started = time.perf_counter()
        made = generate(reciter, prompts, **options)
        return time.perf_counter() - started, sum(len(reciter[1](text)["input_ids"]) for text in made)

    seconds()
    plain = min(seconds() for _ in range(3))
    steered = min(seconds(logits_processor=[processor(reciter, filter_, prompts)]) for _ in range(3))
    added = 1e6 * (steered[0] / steered[1] - plain[0] / plain[1])
    with capsys.disabled():
        print(f"\n{plain[1] / plain[0]:.0f} tokens/s without, {steered[1] / steered[0]:.0f} with the processor: {added:.0f} µs a token")
    assert added < 1000
