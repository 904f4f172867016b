"""Deduplication of corpora: exact, near and substring, on one machine or many.

>>> from simfilter.dedup import Texts, deduplicate
>>> deduplicate(Texts(["one two three", "One  two three", "four"]), normalise="words").kept_rows.tolist()
[0, 2]
"""

from simfilter.dedup.lsh import LSHIndex
from simfilter.dedup.minhash import MinHasher
from simfilter.dedup.parameters import Action, Bands, Cluster, Level, Metric, Normalise, Parameters, choose_bands
from simfilter.dedup.run import Result, deduplicate
from simfilter.dedup.source import Texts

__all__ = ["Action", "Bands", "Cluster", "LSHIndex", "Level", "Metric", "MinHasher", "Normalise", "Parameters", "Result", "Texts",
           "choose_bands", "deduplicate"]
