"""llama-cpp-python itself, with a model of one block and random weights made here. Skips where it is absent (`make test-engines`).

The model recites because a second processor, before ours, wants the next byte of a passage: engine, sampler and detokenizer are real.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

llama_cpp = pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
gguf = pytest.importorskip("gguf", reason="gguf is not installed")

from simfilter import Action, Document, Filter, build  # noqa: E402
from simfilter.demo import ORIGINAL_PARAGRAPH  # noqa: E402
from simfilter.hooks.llama_cpp import SteeringProcessor, chat  # noqa: E402
from tests.stream.texts import STORY  # noqa: E402

PASSAGE = STORY.split("\n\n")[2]
SPECIAL = ["<unk>", "<s>", "</s>"]
END = 2
WIDTH, HEADS = 32, 2


def model_file(path: Path) -> Path:
    """A model of the llama architecture over bytes."""
    tokens = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL] + [gguf.TokenType.BYTE] * 256
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(1024)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(2 * WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(END)
    writer.add_unk_token_id(0)
    writer.add_add_space_prefix(False)
    rng = np.random.default_rng(0)

    def tensor(name: str, *shape: int) -> None:
        writer.add_tensor(name, rng.normal(0, 0.1, shape).astype(np.float32))

    tensor("token_embd.weight", len(tokens), WIDTH)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        tensor(f"blk.0.{name}.weight", WIDTH, WIDTH)
    for name in ("ffn_gate", "ffn_up"):
        tensor(f"blk.0.{name}.weight", 2 * WIDTH, WIDTH)
    tensor("blk.0.ffn_down.weight", WIDTH, 2 * WIDTH)
    for name in ("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(WIDTH, np.float32))
    tensor("output.weight", len(tokens), WIDTH)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = model_file(tmp_path_factory.mktemp("llama") / "tiny.gguf")
    return llama_cpp.Llama(str(path), n_ctx=1024, n_threads=max(1, (os.cpu_count() or 2) // 2), verbose=False)


@pytest.fixture(scope="module")
def filter_(tmp_path_factory: pytest.TempPathFactory) -> Filter:
    path = tmp_path_factory.mktemp("llama") / "index"
    build([Document(id="ledgers", text=STORY, source="s")], path)
    return Filter.open(path)


class Wanting:
    """A processor that wants ``text``, and where that was refused a `q`."""

    def __init__(self, text: str) -> None:
        self.data, self.begin = text.encode(), 0

    def __call__(self, ids: Any, scores: Any) -> Any:
        self.begin = self.begin or len(ids)
        at = len(ids) - self.begin
        scores[:] = -50
        for place, token in enumerate((len(SPECIAL) + self.data[at] if at < len(self.data) else END, len(SPECIAL) + ord("q"),
                                       len(SPECIAL) + ord(" "), END)):
            scores[token] = max(scores[token], 10.0 - place)
        return scores


def complete(llama: Any, wanted: str, *steering: Any) -> str:
    processors = llama_cpp.LogitsProcessorList([Wanting(wanted), *steering])
    made = llama.create_completion("Tell me: ", max_tokens=len(wanted) + 2, temperature=0.0, logits_processor=processors)
    return str(made["choices"][0]["text"])


def test_the_unfiltered_loop_leaks(llama: Any, filter_: Filter) -> None:
    assert complete(llama, PASSAGE[:300]) == PASSAGE[:300] and filter_.check(PASSAGE[:300]).action is Action.BLOCK


def test_steered(llama: Any, filter_: Filter) -> None:
    text = complete(llama, PASSAGE[:300], SteeringProcessor(filter_, llama))
    assert text.startswith(PASSAGE[:50]) and text != PASSAGE[:300] and filter_.check(text).action < Action.REDACT
    assert complete(llama, ORIGINAL_PARAGRAPH, SteeringProcessor(filter_, llama)) == ORIGINAL_PARAGRAPH


def test_streamed(llama: Any, filter_: Filter) -> None:
    def shown(wanted: str) -> list[dict[str, Any]]:
        chunks = llama.create_completion("Tell me: ", max_tokens=len(wanted) + 2, temperature=0.0, stream=True,
                                         logits_processor=llama_cpp.LogitsProcessorList([Wanting(wanted)]))
        return [chunk["choices"][0] for chunk in chat(filter_, chunks)]

    innocent = shown(ORIGINAL_PARAGRAPH)
    assert "".join(choice["text"] for choice in innocent) == ORIGINAL_PARAGRAPH
    blocked = shown(PASSAGE[:300])
    text = "".join(choice["text"] for choice in blocked)
    assert blocked[-1]["finish_reason"] == "content_filter" and filter_.policy.fallback in text and PASSAGE[150:200] not in text
