"""What steering costs a generation loop: transformers' `generate` at batch 8, innocent prose, 100 MB protected.

A GPT-2 with random weights, large enough for a step of 10 ms and more, is made to write innocent texts by a processor that forces their
tokens; simfilter's processor stands behind it. Checked first: the texts come out whole with and without, and a copy does not. Told in CPU
time, of the processor alone and of the loop. Needs transformers and torch (`pip install '.[transformers]'`);
a first argument names an index to use.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from corpora import novels, prose, table

from simfilter import Action, Filter, build
from simfilter.hooks.transformers import SteeringProcessor

ROWS, STEPS, PAIRS = 8, 120, 15


class Forced:
    """Lets each row write its text, whatever the model thinks."""

    def __init__(self, rows: list[list[int]], begin: int, end: int) -> None:
        self.rows, self.begin, self.end = rows, begin, end

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        at = input_ids.shape[1] - self.begin
        for row, tokens in enumerate(self.rows):
            scores[row, tokens[at] if at < len(tokens) else self.end] += 100.0
        return scores


class Heard:
    """A processor that keeps what it was asked. A clock read at each step can cost more than a step of simfilter does."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, Any]] = []

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        self.asked.append((input_ids.clone(), scores.clone()))
        return scores


def main() -> None:
    import torch
    import transformers
    from tokenizers import ByteLevelBPETokenizer

    torch.set_num_threads(1)
    torch.manual_seed(0)
    hosts = "\n".join(document.text for document in novels("host"))
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator([hosts[:2_000_000]], vocab_size=8000, special_tokens=["<eos>"], show_progress=False)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=bpe._tokenizer, eos_token="<eos>", pad_token="<eos>")
    config = transformers.GPT2Config(vocab_size=len(tokenizer), n_positions=256, n_embd=512, n_layer=6, n_head=8, bos_token_id=0,
                                     eos_token_id=0, pad_token_id=0)
    model = transformers.GPT2LMHeadModel(config).eval()
    prompts = torch.full((ROWS, 4), 5)

    def written(texts: list[str], *processors: Any) -> tuple[list[str], float]:
        rows = [tokenizer(text)["input_ids"][:STEPS] for text in texts]
        started = time.process_time()
        made = model.generate(input_ids=prompts, attention_mask=torch.ones_like(prompts), max_new_tokens=STEPS, do_sample=False,
                              logits_processor=[Forced(rows, 4, 0), *processors])
        seconds = time.process_time() - started
        return [tokenizer.decode(row[4:], skip_special_tokens=True) for row in made], seconds

    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "prose"
        copied = next(iter(prose(1_000_000))).text
        if len(sys.argv) == 1:
            build(prose(100_000_000), path)
        filter_ = Filter.open(path, verify=False)
        texts = [hosts[at : at + 800] for at in range(50_000, 50_000 + ROWS * 40_000, 40_000)]
        wanted = [tokenizer.decode(tokenizer(text)["input_ids"][:STEPS]) for text in texts]
        def steering() -> SteeringProcessor:
            return SteeringProcessor(filter_, tokenizer, prompt_length=4)

        def asked_again(asked: list[tuple[Any, Any]]) -> float:
            processor, started = steering(), time.process_time()
            for input_ids, scores in asked:
                processor(input_ids, scores)
            return time.process_time() - started

        heard = Heard()
        assert written(texts)[0] == written(texts, steering())[0] == written(texts, heard)[0] == wanted
        copy = written([copied[5000:5800]] * ROWS, steering())[0][0]
        assert filter_.check(copied[5000:5800]).action is Action.BLOCK and filter_.check(copy).action < Action.REDACT
        pairs = []
        for number in range(PAIRS):  # in turn, now one first and now the other: neither has the warmer machine
            times = [written(texts, *processors)[1] for processors in (((), (steering(),)), ((steering(),), ()))[number % 2]]
            pairs.append(times[:: 1 if number % 2 == 0 else -1])
        alone, both = (statistics.median(column) for column in zip(*pairs, strict=True))
        more = statistics.median(with_ / without - 1 for without, with_ in pairs)
        own = min(asked_again(heard.asked) for _ in range(5))
        tokens = ROWS * STEPS
        table(f"generate, {ROWS} rows of {STEPS} tokens",
              ["tokens a second", "with simfilter", "more, median of pairs", "µs a token in the processor", "share of the loop"],
              [[tokens / alone, tokens / both, more, 1e6 * own / tokens, own / alone]])


if __name__ == "__main__":
    main()
