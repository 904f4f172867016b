"""The examples in the docstrings of simfilter.dedup run."""

import doctest
from importlib import import_module

import pytest

MODULES = ["simfilter.dedup", "simfilter.dedup.command", "simfilter.dedup.lsh", "simfilter.dedup.minhash", "simfilter.dedup.parameters",
           "simfilter.dedup.run"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    found = doctest.testmod(import_module(name))
    assert found.failed == 0 and found.attempted > 0
