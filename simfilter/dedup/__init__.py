"""Deduplication of corpora: exact, near and substring, on one machine or many. Public names are imported on first use.

>>> from simfilter.dedup import Texts, deduplicate
>>> deduplicate(Texts(["one two three", "One  two three", "four"]), normalise="words").kept_rows.tolist()
[0, 2]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simfilter.dedup.lsh import LSHIndex
    from simfilter.dedup.minhash import MinHasher
    from simfilter.dedup.parameters import Action, Bands, Cluster, Level, Metric, Normalise, Parameters, Unit, choose_bands
    from simfilter.dedup.run import Result, deduplicate
    from simfilter.dedup.source import Texts

_HOMES = {
    "Action": "parameters", "Bands": "parameters", "Cluster": "parameters", "LSHIndex": "lsh", "Level": "parameters",
    "Metric": "parameters", "MinHasher": "minhash", "Normalise": "parameters", "Parameters": "parameters", "Result": "run",
    "Texts": "source", "Unit": "parameters", "choose_bands": "parameters", "deduplicate": "run",
}

__all__ = ["Action", "Bands", "Cluster", "LSHIndex", "Level", "Metric", "MinHasher", "Normalise", "Parameters", "Result", "Texts",
           "Unit", "choose_bands", "deduplicate"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simfilter.dedup' has no attribute {name!r}")
    return getattr(import_module(f"simfilter.dedup.{_HOMES[name]}"), name)
