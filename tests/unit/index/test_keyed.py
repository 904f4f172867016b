"""The text-free index: copies found without the text, nothing told without the key."""

import inspect
import random
import textwrap
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simfilter import Action, Document, Filter
from simfilter.cli import app
from simfilter.errors import IndexDamagedError, IndexFormatError, ParameterError
from simfilter.evasion import PROSE, code
from simfilter.index.keyed import OCCURRENCES, KeyedIndex, Labeller, build_keyed, read_key
from simfilter.report.findings import weight
from tests.unit.views.snippets import SNIPPETS

RANDOM = random.Random(5)
WORDS = ["".join(RANDOM.choices("abcdefghijklmnoprstuvwyz", k=RANDOM.randint(3, 9))) for _ in range(3000)]


def prose(count: int, seed: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=count))


TEXTS = [prose(2000, number) for number in range(5)]
DOCUMENTS = [Document(id=f"secret-{number}", text=text, source="Secrets", licence="proprietary") for number, text in enumerate(TEXTS)] + [
    Document(id="textwrap.py", text=inspect.getsource(textwrap), source="the standard library", language="python")]
CODE = inspect.getsource(textwrap.TextWrapper._wrap_chunks).replace("    def", "def", 1).replace("\n    ", "\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keyed")
    (folder / "key").write_bytes(bytes(range(40)))
    (folder / "other").write_bytes(bytes(range(1, 41)))
    build_keyed(DOCUMENTS, folder / "index", key=read_key(folder / "key"))
    return folder


@pytest.fixture(scope="module")
def keyed(folder: Path) -> Filter:
    return Filter.open(folder / "index", key_file=folder / "key")


def test_a_copy_is_found_where_it_stands(keyed: Filter) -> None:
    start = TEXTS[2].index(" ", 3000) + 1
    end = TEXTS[2].index(" ", 3600)
    copy = TEXTS[2][start:end]
    text = f"She wrote: \u200b{copy.upper()} and went."
    verdict = keyed.check(text)
    match = verdict.matches[0]
    assert verdict.action is Action.BLOCK and len(verdict.matches) == 1 and not match.verified
    assert match.query.of(text) == copy.upper() and (match.source.start, match.source.end) == (start, end)
    assert match.provenance.document == "secret-2" and match.provenance.licence == "proprietary" and match.tokens == len(copy.split())
    assert "unverified" in weight(match)
    assert keyed.check(prose(2000, 99)).clean


def test_what_is_short_or_supplied_does_not_count(keyed: Filter) -> None:
    assert keyed.check(" ".join(TEXTS[0].split()[:8])).clean
    copy = " ".join(TEXTS[0].split()[100:160])
    assert not keyed.check(copy).clean and keyed.check(copy, prompt="repeat this: " + copy).clean


@pytest.mark.parametrize("evasion", list(PROSE))
def test_recall_is_that_of_the_documentation(keyed: Filter, evasion: str) -> None:
    rng = random.Random(evasion)
    found = 0
    for number in range(20):
        words = TEXTS[number % 5].split()
        at = rng.randrange(len(words) - 100)
        found += not keyed.check(PROSE[evasion].apply(" ".join(words[at : at + 100]), rng)).clean
    assert found >= 19


def test_code_is_found_renamed(keyed: Filter) -> None:
    found = keyed.check(CODE, language="python").matches
    assert [match.provenance.document for match in found] == ["textwrap.py"] and not found[0].verified
    renamed = code("python")["renamed"].apply(CODE, random.Random(0))
    assert renamed != CODE and not keyed.check(renamed, language="python").clean
    assert keyed.check(SNIPPETS["go"], language="go").clean


def test_nothing_is_told_without_the_key(folder: Path) -> None:
    with pytest.raises(ParameterError, match="without its key"):
        Filter.open(folder / "index")
    with pytest.raises(ParameterError, match="another key"):
        Filter.open(folder / "index", key_file=folder / "other")
    (folder / "short").write_bytes(b"secret")
    with pytest.raises(ParameterError, match="6 bytes"):
        read_key(folder / "short")
    with KeyedIndex.open(folder / "index") as index:
        assert [origin.document for origin in index.documents][-1] == "textwrap.py"
        assert 5 * (2000 - 3) <= index.info()["kgrams"]["text"] < 5 * 2000 + 4000 and index.info()["bits_per_kgram"] < 200
        with pytest.raises(ParameterError, match="without its key"):
            _ = index.label


def test_no_word_and_no_public_hash_is_in_the_file(folder: Path) -> None:
    import numpy as np

    from simfilter.index.structure import kgram_hashes
    from simfilter.views.text import tokenize

    data = (folder / "index").read_bytes()
    assert not any(word.encode() in data for word in WORDS if len(word) > 6)
    symbols = tokenize(TEXTS[0].encode()).symbols
    with KeyedIndex.open(folder / "index") as index:
        labels = index.structures["text"]._labels
        assert not np.isin(kgram_hashes(symbols, 4), labels).any()
        # a dictionary attack under a guessed key finds nothing, under the right one everything
        salt = bytes.fromhex(index._container.parameters["salt"])
        for name, hit in (("other", False), ("key", True)):
            label = Labeller(read_key(folder / name), salt)
            assert (len(index.structures["text"].look_up(label, symbols)) >= len(symbols) - 3) is hit


def test_two_indices_of_one_corpus_have_nothing_in_common(folder: Path) -> None:
    import numpy as np

    build_keyed(DOCUMENTS, folder / "again", key=read_key(folder / "key"))
    with KeyedIndex.open(folder / "index") as one, KeyedIndex.open(folder / "again") as two:
        first, second = one.structures["text"], two.structures["text"]
        assert len(first._labels) == len(second._labels) and not np.isin(first._labels, second._labels).any()
        assert len(np.unique(first._labels)) == len(first._labels)  # how often a k-gram stands does not show


def test_a_common_passage_is_held_a_few_times_only(tmp_path: Path) -> None:
    passage = prose(60, 7)
    documents = [Document(id=str(number), text=f"{prose(300, 100 + number)} {passage}", source="s") for number in range(40)]
    info = build_keyed(documents, tmp_path / "index", key=bytes(32))
    assert info["kgrams"]["text"] < 40 * 305 + OCCURRENCES * 60
    verdict = Filter(KeyedIndex.open(tmp_path / "index", key=bytes(32))).check(passage)
    assert verdict.clean and verdict.set_aside[0].reason.startswith("common")


def test_versions_of_one_file_do_not_make_it_common(tmp_path: Path) -> None:
    documents = [Document(id=str(number), text=f"{TEXTS[0]} version {number}", source="s") for number in range(30)]
    build_keyed(documents, tmp_path / "index", key=bytes(32))
    assert not Filter(KeyedIndex.open(tmp_path / "index", key=bytes(32))).check(" ".join(TEXTS[0].split()[50:120])).clean


def test_what_needs_the_text_says_so(keyed: Filter) -> None:
    for use in (lambda: keyed.stream(["a"]), lambda: keyed.certify("a"), lambda: keyed.index.segments):
        with pytest.raises(ParameterError, match="holds the text"):
            use()


def test_every_flipped_byte_is_found(folder: Path, tmp_path: Path) -> None:
    build_keyed([DOCUMENTS[-1]], tmp_path / "small", key=bytes(32))
    data = bytearray((tmp_path / "small").read_bytes())
    for at in range(0, len(data), 7):
        data[at] ^= 1
        (tmp_path / "bad").write_bytes(data)
        with pytest.raises((IndexDamagedError, IndexFormatError)):
            KeyedIndex.open(tmp_path / "bad", key=bytes(32))
        data[at] ^= 1


def test_command_line(folder: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    (tmp_path / "book.txt").write_text(TEXTS[3])
    (tmp_path / "answer.md").write_text("So: " + " ".join(TEXTS[3].split()[300:400]))
    index, key = str(tmp_path / "shipped"), str(folder / "key")
    built = run(app, ["index", "build", str(tmp_path / "book.txt"), "-o", index, "--text-free", "--key-file", key])
    assert built.exit_code == 0 and "bits a k-gram" in built.output
    assert run(app, ["index", "info", index]).exit_code == run(app, ["index", "verify", index]).exit_code == 0
    found = run(app, ["scan", str(tmp_path / "answer.md"), "--index", index, "--key-file", key, "--format", "json", "-q"])
    assert found.exit_code == 1 and '"verified": false' in found.output
    assert "unverified" in run(app, ["scan", str(tmp_path / "answer.md"), "--index", index, "--key-file", key]).output
    assert isinstance(run(app, ["scan", str(tmp_path / "answer.md"), "--index", index]).exception, ParameterError)
    assert isinstance(run(app, ["index", "build", str(tmp_path), "-o", index, "--text-free"]).exception, ParameterError)
