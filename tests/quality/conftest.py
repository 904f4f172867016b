"""Indices that several quality tests share."""

import pytest

from simfilter import Document, Filter, build
from tests.quality.data import library, rows


@pytest.fixture(scope="session")
def novels(shared_data, tmp_path_factory) -> Filter:
    """Ten protected novels at the default policy."""
    path = tmp_path_factory.mktemp("novels") / "index"
    build((Document(id=row["id"], text=row["text"], source=row["title"]) for row in rows(shared_data / "novels_en" / "novels.jsonl.gz")
           if row["role"] == "protected"), path)
    return Filter.open(path)


@pytest.fixture(scope="session")
def stdlib(tmp_path_factory) -> Filter:
    """The Python standard library at the default policy."""
    path = tmp_path_factory.mktemp("stdlib") / "index"
    build(library(), path)
    return Filter.open(path)
