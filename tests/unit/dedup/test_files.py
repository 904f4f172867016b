"""Rows in and out of every kind of file: what stays is what was there, what is malformed or removed is accounted for."""

import gzip
import json
from pathlib import Path

import pytest

from simfilter.dedup import Texts, Unit, deduplicate
from simfilter.dedup.tokens import places
from simfilter.errors import InputError, ParameterError
from simfilter.tables import create_bytes, open_bytes

TIDE = "the quiet harbour kept its lamps alight for every boat that winter had not found and those who waited counted masts"
OTHER = "snow fell on the empty market while the clock above the bakery struck nine and nobody came to buy any bread"
ROWS = [
    {"id": "a", "text": TIDE, "stars": 3, "tags": ["x", None], "nested": {"é": 1.5}},
    {"id": "b", "text": OTHER, "stars": 1, "tags": [], "nested": {"é": 2.5}},
    {"id": "c", "text": TIDE.replace(" ", "  "), "stars": 9, "tags": ["y"], "nested": {"é": 3.5}},
    {"id": "d", "text": TIDE.upper() + " again", "stars": 5, "tags": [], "nested": {"é": 4.5}},
]


def lines(path: Path) -> list[dict[str, object]]:
    with open_bytes(path) as file:
        return [json.loads(line) for line in file]


def manifest(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def write_rows(path: Path, rows: list[dict[str, object]]) -> Path:
    if path.suffix == ".parquet":
        pa = pytest.importorskip("pyarrow")
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=2, compression="zstd")
    else:
        with create_bytes(path, path.suffix) as file:
            file.write("".join(json.dumps(row) + "\n" for row in rows).encode())
    return path


def read_rows(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_table(path).to_pylist()
    return lines(path)


@pytest.mark.parametrize("name", ["in.jsonl", "in.jsonl.gz", "in.jsonl.zst", "in.parquet"])
def test_what_stays_is_written_as_it_was(tmp_path: Path, name: str) -> None:
    write_rows(tmp_path / name, ROWS)
    result = deduplicate(tmp_path / name, output=tmp_path / "out")
    assert read_rows(tmp_path / "out" / name) == ROWS[:2]
    assert [(row["row"], row["level"], row["kept"], row["similarity"]) for row in manifest(tmp_path / "out")] == [
        (f"{name}:3", "exact", f"{name}:1", 1.0), (f"{name}:4", "near", f"{name}:1", pytest.approx(17 / 18, abs=1e-6))]
    assert result.kept_rows.tolist() == [0, 1]
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["removed"] == {"exact": 1, "near": 1, "substring": 0}
    assert not (tmp_path / "out" / ".simfilter-work").exists()


@pytest.mark.parametrize("name", ["in.jsonl", "in.parquet"])
def test_mark_keeps_all_rows_and_says_what_they_repeat(tmp_path: Path, name: str) -> None:
    write_rows(tmp_path / name, ROWS)
    deduplicate(tmp_path / name, output=tmp_path / "out", action="mark", keep="max:stars")
    found = read_rows(tmp_path / "out" / name)
    assert [row.get("simfilter_duplicate_of") for row in found] == [f"{name}:3", None, None, f"{name}:3"]
    assert found[0]["simfilter_similarity"] == 1.0
    assert [{key: row[key] for key in ROWS[0]} for row in found] == ROWS


@pytest.mark.parametrize("name", ["in.jsonl", "in.parquet"])
def test_cut_takes_repeated_spans_out_of_the_text(tmp_path: Path, name: str) -> None:
    rows = [{"id": "a", "text": f"First, {TIDE}. The end."}, {"id": "b", "text": f"Ünd then: {TIDE.upper()}! {OTHER}"}]
    write_rows(tmp_path / name, rows)
    deduplicate(tmp_path / name, output=tmp_path / "out", levels=("substring",), action="cut", run=10)
    assert read_rows(tmp_path / "out" / name) == [rows[0], {"id": "b", "text": f"Ünd then: ! {OTHER}"}]
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["bytes_saved"]["substring"] == len(TIDE)
    (span,) = manifest(tmp_path / "out")
    assert span["row"] == f"{name}:2" and span["tokens"] == [2, 23] and span["kept"] == f"{name}:1" and span["kept_tokens"] == [1, 22]
    deduplicate(tmp_path / name, output=tmp_path / "marked", levels=("substring",), action="mark", run=10)
    (start, end), = json.loads(str(read_rows(tmp_path / "marked" / name)[1]["simfilter_spans"]))
    assert str(rows[1]["text"])[start:end] == TIDE.upper()


@pytest.mark.parametrize("memory", [16 << 20, 2 << 30])
def test_spans_of_bytes_are_cut_between_characters(tmp_path: Path, memory: int) -> None:
    rows = [{"text": "naïve Über-größe: 漢字かな!"}, {"text": "-- Über-größe: 漢字か、漢"}, {"text": "\U0001f600 ö \U0001f601 e"}]
    write_rows(tmp_path / "in.jsonl", rows)
    options = {"levels": ("substring",), "unit": "bytes", "run": 4, "memory": memory}
    deduplicate(tmp_path / "in.jsonl", output=tmp_path / "out", action="cut", **options)
    assert [row["text"] for row in lines(tmp_path / "out" / "in.jsonl")] == [rows[0]["text"], "--、漢", rows[2]["text"]]
    (span,) = manifest(tmp_path / "out")
    start = "naïve Über-größe: 漢字か".encode().index(" Über".encode())
    stop = start + len(" Über-größe: 漢字か".encode()) + 1  # な and 、 begin with the same byte
    assert span["kept_bytes"] == [start, stop] and span["bytes"][0] == 2
    deduplicate(tmp_path / "in.jsonl", output=tmp_path / "marked", action="mark", **options)
    (first, last), = json.loads(str(lines(tmp_path / "marked" / "in.jsonl")[1]["simfilter_spans"]))
    assert str(rows[1]["text"])[first:last] == " Über-größe: 漢字か"


def test_a_span_that_begins_inside_a_character_is_cut_behind_it() -> None:
    data, starts, ends = places("aé漢b", None, Unit.BYTES)
    assert [(starts[a], ends[b - 1]) for a, b in ((0, 7), (2, 7), (1, 5), (2, 3), (4, 6))] == [(0, 7), (3, 7), (1, 3), (3, 3), (6, 6)]
    assert len(data) == 7


@pytest.mark.parametrize("language", ["python", "column:lang"])
def test_repeated_code_is_cut_and_marked_where_it_stands(tmp_path: Path, language: str) -> None:
    code = "def merge(a, gap):\n    out = []\n    for x, y in sorted(a):\n        out.append((x, y + gap))\n    return out\n"
    renamed = code.replace("gap", "slack").replace("out", "merged").replace("merge(", "join(")
    rows = [{"text": code, "lang": "python"}, {"text": f"import os\n\n\n{renamed}print(os)\n", "lang": "Python"},
            {"text": code, "lang": None}]
    write_rows(tmp_path / "in.jsonl", rows)
    for action in ("cut", "mark"):
        deduplicate(tmp_path / "in.jsonl", output=tmp_path / action, action=action, levels=("substring",), run=20, language=language)
    marked = lines(tmp_path / "mark" / "in.jsonl")
    (start, end), = json.loads(str(marked[1]["simfilter_spans"]))
    text = str(rows[1]["text"])
    assert "return merged" in text[start:end] and "sorted" in text[start:end] and "os" not in text[start:end]
    assert lines(tmp_path / "cut" / "in.jsonl")[1]["text"] == text[:start] + text[end:]
    assert ("simfilter_spans" in marked[2]) == (language == "python")  # without a language it is words, which stand nowhere else


def test_substring_drops_rows_that_are_mostly_repeated(tmp_path: Path) -> None:
    result = deduplicate(Texts([f"First, {TIDE}", OTHER, f"{TIDE} and so on", f"{OTHER} {OTHER} {TIDE} new words, new words indeed"]),
                         levels=("substring",), run=10, covered=0.8)
    assert result.kept_rows.tolist() == [0, 1]
    assert deduplicate(Texts([TIDE, TIDE, TIDE]), levels=("substring",), run=10, times=3).kept_rows.tolist() == [0, 1, 2]


def test_a_directory_stays_a_directory(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / "one.txt").write_text(TIDE)
    (folder / "deep" / "two.txt").write_text(TIDE + "\n")
    (folder / "deep" / "three.txt").write_text(OTHER)
    (folder / "blob.bin").write_bytes(b"\0\1")
    write_rows(folder / "rows.jsonl", ROWS)
    result = deduplicate(folder, output=tmp_path / "out")
    out = tmp_path / "out" / "in"
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()) == [
        "deep/three.txt", "deep/two.txt", "rows.jsonl"]
    assert lines(out / "rows.jsonl") == []
    assert {row["row"]: row["kept"] for row in manifest(tmp_path / "out")} == {
        "in/one.txt": "in/deep/two.txt", "in/rows.jsonl:1": "in/deep/two.txt", "in/rows.jsonl:2": "in/deep/three.txt",
        "in/rows.jsonl:3": "in/deep/two.txt", "in/rows.jsonl:4": "in/deep/two.txt"}
    (bad,) = lines(tmp_path / "out" / "malformed.jsonl")
    assert bad["reason"] == "binary file" and bad["row"] == "blob.bin" and result.malformed == 1


def test_malformed_rows_are_kept_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = json.dumps(ROWS[0]).encode()
    bad = [b'{"text": 3}', b'{"txt": "none"}', b"[1]", b"{broken", b'{"text": "\xff"}', b'"text"', b'{"text": null}']
    odd = [b'{"text": "a lone \\ud800 surrogate", "n": NaN}', b"", b"   "]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join([good, *bad, *odd, good]))  # no line end behind the last
    result = deduplicate(tmp_path / "in.jsonl", output=tmp_path / "out")
    assert result.malformed == len(bad) and result.rows == 3
    kept = lines(tmp_path / "out" / "malformed.jsonl")
    assert [row["line"] for row in kept] == list(range(2, 9))
    assert kept[0] == {"file": "in.jsonl", "line": 2, "reason": "column 'text' is not a string", "row": '{"text": 3}'}
    assert kept[4]["row"] == '{"text": "\\xff"}'
    assert (tmp_path / "out" / "in.jsonl").read_bytes() == good + b"\n" + odd[0] + b"\n"


def test_nulls_in_parquet_are_malformed(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.parquet", [*ROWS[:2], {"id": "n", "text": None}, ROWS[2]])
    result = deduplicate(tmp_path / "in.parquet", output=tmp_path / "out")
    assert [row["id"] for row in read_rows(tmp_path / "out" / "in.parquet")] == ["a", "b"]
    assert result.malformed == 1 and manifest(tmp_path / "out")[0]["row"] == "in.parquet:4"


def test_a_test_set_is_compared_with_and_not_written(tmp_path: Path) -> None:
    write_rows(tmp_path / "train.jsonl", [*ROWS, {"id": "e", "text": OTHER + " twice"}])
    write_rows(tmp_path / "test.jsonl", [{"text": OTHER}])
    result = deduplicate(tmp_path / "train.jsonl", output=tmp_path / "out", against=[tmp_path / "test.jsonl"])
    assert [row["id"] for row in lines(tmp_path / "out" / "train.jsonl")] == ["a", "c", "d"]
    assert {row["kept"] for row in manifest(tmp_path / "out")} == {"test.jsonl:1"}
    assert not (tmp_path / "out" / "test.jsonl").exists() and result.kept_rows.tolist() == [0, 2, 3]


@pytest.mark.parametrize(("options", "kept"), [
    ({}, [0, 1]), ({"keep": "longest"}, [1, 2]), ({"keep": "max:stars"}, [1, 2]), ({"keep": "min:stars"}, [0, 1]),
    ({"copies": 2}, [0, 1, 2]), ({"copies": 1, "by": "id"}, [0, 1, 2, 3]), ({"cluster": "direct"}, [0, 1]),
])
def test_which_rows_stay(tmp_path: Path, options: dict[str, object], kept: list[int]) -> None:
    write_rows(tmp_path / "in.jsonl", ROWS)
    assert deduplicate(tmp_path / "in.jsonl", **options).kept_rows.tolist() == kept  # type: ignore[arg-type]


def test_a_dataset_of_hugging_face(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    dataset = datasets.Dataset.from_list([ROWS[2], *ROWS]).select(range(1, 5))  # with an index table
    result = deduplicate(dataset, output=tmp_path / "out", action="mark")
    assert [row["id"] for row in dataset.select(result.kept_rows)] == ["a", "b"]
    marked = read_rows(tmp_path / "out" / "dataset.parquet")
    assert [row["simfilter_duplicate_of"] for row in marked] == [None, None, "dataset.parquet:1", "dataset.parquet:1"]
    assert [{key: row[key] for key in ROWS[0]} for row in marked] == ROWS
    deduplicate(datasets.DatasetDict(train=dataset, test=dataset.select([1])), output=tmp_path / "both")
    assert [row["id"] for row in read_rows(tmp_path / "both" / "train.parquet")] == ["a", "b"]
    assert read_rows(tmp_path / "both" / "test.parquet") == []
    with pytest.raises(ParameterError, match="read twice"):
        deduplicate(dataset.to_iterable_dataset())
    with pytest.raises(InputError, match="no column 'body'"):
        deduplicate(dataset, text="body")


def test_texts_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="kept_rows"):
        deduplicate(Texts([TIDE]), output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_code_is_compared_by_its_renamed_tokens(tmp_path: Path) -> None:
    source = ("def merge(a, gap=0):\n    out = []\n    for x, y in sorted(a):\n        if out and x - out[-1][1] <= gap:\n"
              "            out[-1] = (out[-1][0], max(out[-1][1], y))\n        else:\n            out.append((x, y))\n    return out\n")
    renamed = source.replace("out", "merged").replace("gap", "slack").replace("x", "start")
    rows = [{"text": source, "lang": "python"}, {"text": renamed, "lang": "Python"}, {"text": OTHER, "lang": None}]
    write_rows(tmp_path / "in.jsonl", rows)
    assert deduplicate(tmp_path / "in.jsonl").kept_rows.tolist() == [0, 1, 2]
    assert deduplicate(tmp_path / "in.jsonl", language="column:lang").kept_rows.tolist() == [0, 2]
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text(source)
    (tmp_path / "code" / "b.py").write_text(renamed)
    assert len(deduplicate(tmp_path / "code", language="extension").kept_rows) == 1


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", ROWS)
    (tmp_path / "bad.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}\n' * 99)[:-20])
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "bad.jsonl.zst").write_bytes(b"no zstd")
    for name, message in (("bad.jsonl.gz", "damaged gzip"), ("bad.parquet", "not Parquet"), ("bad.jsonl.zst", "damaged zstd")):
        with pytest.raises(InputError, match=message):
            deduplicate(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        deduplicate(tmp_path / "nowhere")
    with pytest.raises(ParameterError, match="overwritten"):
        deduplicate(tmp_path / "in.jsonl", output=tmp_path)
    (tmp_path / "sub").mkdir()
    write_rows(tmp_path / "sub" / "in.jsonl", ROWS)
    with pytest.raises(ParameterError, match="two inputs"):
        deduplicate([tmp_path / "in.jsonl", tmp_path / "sub" / "in.jsonl"])
    write_rows(tmp_path / "p.parquet", ROWS)
    with pytest.raises(InputError, match="no column 'body'"):
        deduplicate(tmp_path / "p.parquet", text="body")


@pytest.mark.parametrize("options", [
    {"threshold": 0}, {"threshold": 1.1}, {"levels": ()}, {"shingle": 0}, {"bands": 3}, {"copies": 0}, {"keep": "shortest"}, {"run": 1},
    {"times": 0}, {"covered": 0}, {"levels": ("nearly",)}, {"metric": "cosine"}, {"seed": -1},
])
def test_parameters_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        deduplicate(Texts([TIDE]), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("texts", [[], [""], ["", ""], ["one"], ["!", "?"]])
def test_small_corpora(texts: list[str]) -> None:
    result = deduplicate(Texts(texts), levels=("exact", "near", "substring"), metric="containment")
    assert len(result.kept_rows) == len(set(texts))
