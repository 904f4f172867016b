"""Clones through the filter: functions renamed, padded, reordered, split and merged are found, and what is said of them is true."""

import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from simfilter import Action, Document, Filter, Kind, Match, SimfilterError, build
from simfilter.background import build as count_background
from simfilter.evasion import code
from simfilter.index import Index, manifest
from simfilter.index.container import Container, write_container
from simfilter.index.structure import names_of, stretches
from simfilter.match import find
from simfilter.match.clone import LEAST_BITS, form_bits
from simfilter.match.found import Found
from simfilter.types import View
from simfilter.views import read
from simfilter.views.code import code_tokens
from simfilter.views.tokens import PUBLIC_KEY
from tests.unit.match.harbour import BERTHS, TIDES

LANGUAGES = sorted(BERTHS)
DISGUISES = ["dead code after every 2nd, renamed", "dead code after every 2nd, renamed all", "adjacent swapped, renamed",
             "adjacent swapped, renamed all", "all at once"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each function in a file of its own, which is its document's id."""
    where = tmp_path_factory.mktemp("clones") / "index"
    build([Document(id=f"{name}.{language}", text=text[language], source="Harbour", language=language)
           for language in LANGUAGES for name, text in (("berths", BERTHS), ("tides", TIDES))], where)
    return where


@pytest.fixture(scope="module")
def filter_(path: Path) -> Filter:
    return Filter.open(path)


def found(filter_: Filter, text: str, language: str) -> list[Found]:
    return find(filter_.index.segments, read(text, language=language, key=PUBLIC_KEY), PUBLIC_KEY)


def of(matches: list[Match] | tuple[Match, ...], document: str) -> list[Match]:
    return [match for match in matches if match.provenance.document == document and match.view is not View.TEXT]


def disguised(text: str, language: str, name: str, seed: int = 0) -> str:
    return code(language)[name].apply(text, random.Random(seed))


def renamed(text: str, language: str) -> str:
    return disguised(text, language, "renamed, all names")


def check_spans(text: str, document: str, match: Match) -> None:
    """The spans of a match lie within both texts and begin and end with a token."""
    for span, whole in ((match.query, text), (match.source, document)):
        assert 0 <= span.start < span.end <= len(whole)
        assert span.of(whole) == span.of(whole).strip()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", DISGUISES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_disguised_function_is_found(filter_: Filter, language: str, name: str, seed: int) -> None:
    text = disguised(BERTHS[language], language, name, seed)
    verdict = filter_.check(text, language=language)
    assert verdict.action is Action.BLOCK
    assert {match.provenance.document for match in verdict.matches} == {f"berths.{language}"}
    match = max(verdict.matches, key=lambda match: match.bits)
    assert match.kind is Kind.EDITED and match.view is View.RENAMED
    assert match.containment >= 0.4 and match.bits >= LEAST_BITS
    check_spans(text, BERTHS[language], match)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_document_is_named(filter_: Filter, language: str) -> None:
    named = {item.match.provenance.document for item in found(filter_, renamed(BERTHS[language], language), language)}
    assert named == {f"berths.{language}"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_spans_stay_within_the_functions(filter_: Filter, language: str) -> None:
    """A copy set between strange code is where it stands."""
    copy = disguised(BERTHS[language], language, "dead code after every 2nd, renamed all")
    other = {"python": "QUIET = 1\n", "javascript": "quiet(1);\n", "java": "class Quiet { int one = 1; }\n", "c": "int quiet = 1;\n",
             "go": "var quiet = 1\n", "rust": "static QUIET: u8 = 1;\n"}[language]
    text = other * 9 + copy + other * 9
    match = of(filter_.check(text, language=language).matches, f"berths.{language}")[0]
    assert len(other) * 9 <= match.query.start < match.query.end <= len(other) * 9 + len(copy)
    check_spans(text, BERTHS[language], match)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_answer_one_to_one(filter_: Filter, language: str) -> None:
    text = disguised(BERTHS[language], language, "dead code after every 2nd, renamed all")
    match = of(filter_.check(text, language=language).matches, f"berths.{language}")[0]
    theirs, mine = zip(*match.renaming, strict=True)
    assert len(set(theirs)) == len(theirs) >= 4 and len(set(mine)) == len(mine)
    assert all(name in match.source.of(BERTHS[language]) for name in theirs)
    assert all(name in match.query.of(text) for name in mine)
    assert {"boat", "boats"} & set(theirs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_left_as_they_were_are_evidence(path: Path, tmp_path: Path, language: str) -> None:
    """A copy that kept some names weighs more than one that kept none, unless all the world uses these names."""
    def bits(text: str, background: Path | None = None) -> float:
        return max(match.bits for match in of(Filter.open(path, background=background).check(text, language=language).matches,
                                              f"berths.{language}"))

    kept = disguised(BERTHS[language], language, "dead code after every 2nd, renamed")
    all_changed = disguised(BERTHS[language], language, "dead code after every 2nd, renamed all")
    assert bits(kept) >= bits(all_changed) + 8
    # The same names, each in a stretch of its own that has nothing else of the function.
    names = [name for _, name in sorted(set(re.findall(r"()([A-Za-z_]{3,})", BERTHS[language])))]
    words = [Document(id=str(at), text=f"{names[at % len(names)]};", source="s", language="c") for at in range(4 * len(names))]
    count_background(words, tmp_path / "names")
    assert bits(kept, tmp_path / "names") <= bits(kept) - 2.5


def test_names_are_counted_once_a_stretch() -> None:
    text = "common = rare\n" + "common = common + 1\n" * 200 + "text = 'rare'\n"
    tokens = code_tokens(text.encode(), "python", key=PUBLIC_KEY)
    counts = Counter(names_of(tokens).tolist())
    assert stretches(tokens) == 4 and sorted(counts.values()) == [1, 1, 1, 4]


@pytest.mark.parametrize("language", LANGUAGES)
def test_bits_are_those_of_the_tokens(filter_: Filter, language: str) -> None:
    text = disguised(BERTHS[language], language, "all at once")
    items = [item for item in found(filter_, text, language) if item.match.kind is Kind.EDITED]
    assert items
    for item in items:
        assert item.match.bits == pytest.approx(item.bits.sum())
        assert len(item.bits) == len(item.positions) == item.match.tokens
        assert (item.bits >= 0).all() and (np.diff(item.positions) > 0).all()
        assert 0 < item.match.identity <= 1 and item.match.longest_run <= item.match.tokens
        assert 0 < item.match.coverage <= 1 and 0 < item.match.containment <= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_without_gaps_is_renamed_and_an_exact_one_verbatim(filter_: Filter, language: str) -> None:
    exact = filter_.check(BERTHS[language], language=language).matches
    assert exact[0].kind is Kind.VERBATIM and exact[0].renaming == ()
    assert exact[0].containment == pytest.approx(1)
    text = renamed(BERTHS[language], language)
    same_names = filter_.check(text, language=language).matches
    assert same_names[0].kind is Kind.RENAMED and same_names[0].view is View.RENAMED
    assert len(same_names) == 1 and same_names[0].provenance.document == f"berths.{language}"
    check_spans(text, BERTHS[language], same_names[0])


SWAPPED = [("if (boat.length > berth.depth(tide)) {", "if (berth.depth(tide) < boat.length) {"),
           ("if (harbour.gate != null && tide.level >= 4) {", "if (4 <= tide.level && null != harbour.gate) {"),
           ("total = total + boat.tons * 3;", "total = total + 3 * boat.tons;"),
           ("if (flags.read() & (1 << berth.number)) {", "if ((1 << berth.number) & flags.read()) {"),
           ("while (queue.peek().name === boat.name) {", "while (boat.name === queue.peek().name) {")]


def test_operands_that_changed_places_are_the_same(tmp_path: Path) -> None:
    texts = ["function moor(harbour, boats, tide, flags, queue) {\n" + "".join(
        f"  {line[side]}\n    harbour.note{number}(boats[{number}], tide);\n" + "  }\n" * line[side].endswith("{")
        for number, line in enumerate(SWAPPED)) + "  return harbour.close(tide);\n}\n" for side in (0, 1)]
    padding = "\n".join(f"function other{number}(a) {{ return a.part{number} - {number}; }}" for number in range(200))
    build([Document(id="moor.js", text=texts[0], source="s", language="javascript"),
           Document(id="other.js", text=padding, source="s", language="javascript")], tmp_path / "index")
    filter_ = Filter.open(tmp_path / "index")
    same, swapped = (of(filter_.check(text, language="javascript").matches, "moor.js")[0] for text in texts)
    assert same.kind is Kind.VERBATIM and swapped.kind is Kind.EDITED and swapped.view is View.LEXEME
    assert swapped.tokens >= 0.9 * same.tokens and swapped.query.start == 0 and swapped.query.end >= 0.95 * len(texts[1])
    build([Document(id="moor.js", text=texts[0], source="s", language="javascript"),
           Document(id="other.js", text=padding, source="s", language="javascript")], tmp_path / "without",
          normalize=["layout", "literals", "modifiers"])
    without = of(Filter.open(tmp_path / "without").check(texts[1], language="javascript").matches, "moor.js")
    assert not without or without[0].tokens < 0.8 * swapped.tokens


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_function_that_stands_twice_is_told_twice(filter_: Filter, language: str) -> None:
    twice = [disguised(BERTHS[language], language, "dead code after every statement, renamed all", seed) for seed in (1, 2)]
    matches = of(filter_.check("\n\n".join(twice), language=language).matches, f"berths.{language}")
    middle = len(twice[0]) + 1
    assert {match.query.start > middle for match in matches} == {False, True}


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_functions_merged_are_both_named(filter_: Filter, language: str) -> None:
    """One after the other, and statement by statement in turn."""
    one, other = (disguised(text[language], language, "dead code after every 2nd, renamed", seed)
                  for seed, text in enumerate((BERTHS, TIDES)))
    verdict = filter_.check(one + "\n" + other, language=language)
    assert {match.provenance.document for match in verdict.matches} == {f"berths.{language}", f"tides.{language}"}
    mine, theirs = (of(verdict.matches, f"{name}.{language}")[0] for name in ("berths", "tides"))
    assert mine.query.end <= len(one) <= theirs.query.start


def test_the_statements_of_two_functions_in_turn(filter_: Filter) -> None:
    one, other = (renamed(text["javascript"], "javascript").splitlines() for text in (BERTHS, TIDES))
    simple = [[line for line in lines[1:-1] if line.endswith(";") and "{" not in line and not line.strip().startswith("continue")]
              for lines in (one, other)]
    text = "\n".join(["function both(x) {", *[line for pair in zip(*simple, strict=False) for line in pair], "}"])
    assert {match.provenance.document for match in filter_.check(text, language="javascript").matches} \
        == {"berths.javascript", "tides.javascript"}


SPLIT = {
    "python": (3, "    return free, placed, waiting\n\n\ndef rest(free, placed, waiting, boats, margin):\n"),
    "javascript": (4, "  return [free, placed, waiting];\n}\nfunction rest(free, placed, waiting, boats, margin) {\n"),
    "java": (5, "        return rest(boats, free, placed, waiting, total, margin);\n    }\n    static Plan rest(List<Boat> boats, "
             "TreeMap<Integer, Berth> free, Map<Integer, String> placed, Deque<Boat> waiting, int total, int margin) {\n"),
    "c": (18, "    return rest(free, count, waiting);\n}\nsize_t rest(struct berth *free, size_t count, size_t waiting)\n{\n"
          "    unsigned long unused = 0;\n"),
    "go": (7, "\treturn rest(boats, free, margin, placed, waiting, total)\n}\n\nfunc rest(boats []Boat, free []Berth, margin int, placed "
           "map[int]string, waiting []Boat, total int) (map[int]string, []Boat, int) {\n"),
    "rust": (5, "    rest(boats, free, margin, placed, waiting, total)\n}\npub fn rest(boats: &[Boat], free: &mut Vec<Berth>, margin: u32, "
             "mut placed: HashMap<u32, String>, mut waiting: Vec<Boat>, total: u32) -> (HashMap<u32, String>, Vec<Boat>, u32) {\n"),
}
"""Line at which the function is split, and what is set there."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_function_split_in_two_is_found(filter_: Filter, language: str) -> None:
    line, seam = SPLIT[language]
    lines = BERTHS[language].splitlines(keepends=True)
    text = renamed("".join(lines[:line]) + seam + "".join(lines[line:]), language)
    verdict = filter_.check(text, language=language)
    assert verdict.action is Action.BLOCK
    assert {match.provenance.document for match in verdict.matches} == {f"berths.{language}"}
    whole = len(read(BERTHS[language], language=language, key=PUBLIC_KEY).code[0].tokens)
    assert sum(match.tokens for match in verdict.matches) >= 0.7 * whole


def test_halves_that_changed_places_are_found(filter_: Filter) -> None:
    """Statements moved further than to a neighbour's place."""
    for language, head, tail in (("javascript", 4, 17), ("c", 5, 21), ("go", 7, 22)):
        lines = BERTHS[language].splitlines(keepends=True)
        text = renamed("".join(lines[:1] + lines[tail:-1] + lines[head:tail] + lines[1:head] + lines[-1:]), language)
        matches = of(filter_.check(text, language=language).matches, f"berths.{language}")
        assert matches and sum(match.containment for match in matches) >= 0.6, language


def test_forms_that_are_common_weigh_less(filter_: Filter) -> None:
    segment = filter_.index.segments
    tokens = read(BERTHS["c"] + "\nvoid f(void) { a++; b++; c++; d++; }", language="c", key=PUBLIC_KEY).code[0].tokens
    bits = form_bits(segment, tokens)
    assert bits.dtype == np.float32 and len(bits) == len(tokens.statements) and (bits >= 0).all()
    assert bits[-4] > bits[-3] > bits[-1]  # said again and again


def test_strange_code_is_no_clone(filter_: Filter) -> None:
    for language in LANGUAGES:
        tokens = "x = f(x)\n" * 40 if language == "python" else "x = f(x);\n" * 40
        assert not filter_.check(tokens, language=language).matches
    assert not filter_.check("", language="python").matches and not filter_.check(";", language="c").matches


def test_threads_get_the_same_answer(path: Path) -> None:
    filter_ = Filter.open(path)
    texts = [(disguised(text[language], language, name), language) for language in LANGUAGES for text in (BERTHS, TIDES)
             for name in DISGUISES[:3]]
    expected = [Filter.open(path).check(text, language=language) for text, language in texts]

    def ask(_: int) -> list[object]:
        return [filter_.check(text, language=language) for text, language in texts]

    with ThreadPoolExecutor(4) as pool:
        assert all(answer == expected for answer in pool.map(ask, range(4)))


# Damaged columns, whose checksums are right all the same, as in tests/unit/index/test_segment.py.

def forged(path: Path, target: Path, changed: dict[str, np.ndarray]) -> Path:
    name = manifest.read(path)["segments"][0]
    with Container.open(path / name) as container:
        sections = {section: bytes(container.section(section)) for section in container.sizes()}
        parameters = container.parameters
    target.mkdir(parents=True)
    write_container(target / name, sections | {f"statement.{column}": values.tobytes() for column, values in changed.items()},
                    parameters=parameters)
    manifest.publish(target, segments=[name], parameters=parameters)
    return target


def judged(where: Path) -> str:
    """What comes of a damaged index; anything but an answer and an error of ours fails the test."""
    try:
        filter_ = Filter.open(where)
        for language in LANGUAGES:
            for name in (*DISGUISES[:2], "verbatim"):
                for match in filter_.check(disguised(BERTHS[language], language, name), language=language).matches:
                    filter_.source_text(match)
    except SimfilterError as error:
        return type(error).__name__
    return "answer"


def columns(path: Path) -> dict[str, np.ndarray]:
    statements = Index.open(path).segments.parts[0].statements
    return {"starts": statements.starts.copy(), "lengths": statements.lengths.copy(), "hashes": statements.hashes.copy(),
            "common": statements.counts._common.copy(), "counts": statements.counts._counts.copy(), "pairs": statements._pairs.copy(),
            "firsts": statements._firsts.copy()}


def at(values: np.ndarray, place: int, value: int) -> np.ndarray:
    changed = values.copy()
    changed[place] = value
    return changed


IMPOSSIBLE = {
    "no starts": lambda c: {"starts": c["starts"][:0]},
    "one start less": lambda c: {"starts": c["starts"][:-1]},
    "a statement without tokens": lambda c: {"lengths": at(c["lengths"], 3, 0)},
    "a statement too long": lambda c: {"lengths": at(c["lengths"], 3, 65)},
    "statements that overlap": lambda c: {"lengths": at(c["lengths"], 3, 64)},
    "statements that descend": lambda c: {"starts": c["starts"][::-1].copy()},
    "equal starts": lambda c: {"starts": np.zeros_like(c["starts"])},
    "a start beyond the tokens": lambda c: {"starts": at(c["starts"], -1, 10**6)},
    "a start that wraps around": lambda c: {"starts": at(c["starts"], -1, 2**32 - 1)},
    "a start in the midst that wraps around": lambda c: {"starts": at(c["starts"], 5, 2**32 - 1), "lengths": at(c["lengths"], 5, 1)},
    "wide starts that wrap around": lambda c: {"starts": at(c["starts"].astype(np.uint64), -1, 2**64 - 1)},
    "a last one that reaches beyond": lambda c: {"lengths": at(c["lengths"], -1, 60)},
    "pairs out of order": lambda c: {"pairs": c["pairs"][::-1].copy()},
    "pairs without places": lambda c: {"firsts": c["firsts"][:-1]},
    "a place beyond the statements": lambda c: {"firsts": at(c["firsts"], 0, len(c["starts"]) - 1)},
    "a place far beyond": lambda c: {"firsts": at(c["firsts"], 0, 2**32 - 1)},
    "common forms out of order": lambda c: {"common": c["common"][::-1].copy()},
    "a count of nothing": lambda c: {"counts": at(c["counts"], 0, 0)},
    "counts missing": lambda c: {"counts": c["counts"][:-1]},
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_columns_that_cannot_be_are_refused(path: Path, tmp_path: Path, case: str) -> None:
    assert judged(forged(path, tmp_path / "forged", IMPOSSIBLE[case](columns(path)))) == "IndexDamagedError"


POSSIBLE = {
    "as it was": lambda c, rng: {},
    "other hashes": lambda c, rng: {"hashes": rng.permutation(c["hashes"])},
    "one hash for all": lambda c, rng: {"hashes": np.full_like(c["hashes"], c["hashes"][4])},
    "other places": lambda c, rng: {"firsts": rng.permutation(c["firsts"])},
    "one place for all": lambda c, rng: {"firsts": np.zeros_like(c["firsts"])},
    "one pair for all": lambda c, rng: {"pairs": np.full_like(c["pairs"], c["pairs"][7])},
    "wide places": lambda c, rng: {"firsts": c["firsts"].astype(np.uint64), "starts": c["starts"].astype(np.uint64)},
    "counts without end": lambda c, rng: {"counts": np.full_like(c["counts"], 2**32 - 1)},
    "no pairs": lambda c, rng: {"pairs": c["pairs"][:0], "firsts": c["firsts"][:0]},
    "no common forms": lambda c, rng: {"common": c["common"][:0], "counts": c["counts"][:0]},
    "short statements": lambda c, rng: {"lengths": np.ones_like(c["lengths"])},
    "shorter ones": lambda c, rng: {"lengths": rng.integers(1, c["lengths"], endpoint=True).astype(np.uint8)},
    "starts moved back": lambda c, rng: {"starts": np.arange(len(c["starts"]), dtype=np.uint32), "lengths": np.ones_like(c["lengths"])},
    "starts moved on": lambda c, rng: {"starts": c["starts"] + c["lengths"] - np.uint8(1), "lengths": np.ones_like(c["lengths"])},
    "no statements": lambda c, rng: {name: values[:0] for name, values in c.items()},
    "pairs of no statements": lambda c, rng: {name: c[name][:0] for name in ("starts", "lengths", "hashes")}
    | {"firsts": np.zeros_like(c["firsts"])},
    "one statement": lambda c, rng: {name: c[name][:1] for name in ("starts", "lengths", "hashes")}
    | {"firsts": np.zeros_like(c["firsts"])},
}


@pytest.mark.parametrize("case", POSSIBLE)
def test_columns_that_lie_get_an_answer_or_an_error(path: Path, tmp_path: Path, case: str) -> None:
    for seed in range(3):
        changed = POSSIBLE[case](columns(path), np.random.default_rng(seed))
        assert judged(forged(path, tmp_path / str(seed), changed)) in ("answer", "IndexDamagedError", "ParameterError")


def test_columns_at_random(path: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for number in range(12):
        whole = columns(path)
        name = list(whole)[number % len(whole)]
        values = whole[name]
        places = rng.integers(0, len(values), 3)
        values[places] = rng.integers(0, len(whole["starts"]), 3) if number % 2 else rng.integers(0, np.iinfo(values.dtype).max, 3)
        judged(forged(path, tmp_path / str(number), {name: values}))
