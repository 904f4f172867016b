"""The work on a Ray cluster: batches are signed by tasks on its nodes, band keys are shuffled by Ray Data, sets are made and compared by
tasks.

The driver reads the input, keeps blocks and edges, and joins clusters; nodes get what they work on through the object store, so nothing
needs a shared disk. A task whose node is lost is done again by Ray. Order never matters: blocks are numbered by the driver, and pairs are
sorted and made unique before they are used, so the result is that of the local engine, byte for byte.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from simfilter import cluster
from simfilter.dedup import candidates
from simfilter.dedup.sign import Progress
from simfilter.dedup.store import Blocks
from simfilter.dedup.tokens import ShingleSets
from simfilter.dedup.verify import SetFile
from simfilter.tables import arrow_table

Item = TypeVar("Item")
Made = TypeVar("Made")

ROWS_IN_GROUP = 2_000_000
"""Keys of one group of the shuffle: 32 MB, which any worker holds."""


class RayEngine:
    """The cluster this process is connected to; without one, Ray starts one on this machine."""

    pairs_in_chunk = 1 << 11  # whose sets, some 6 KB each, go to a node together

    def __init__(self) -> None:
        self._ray = cluster.connected()

    def map(self, function: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        """Tasks, twice as many in flight as the cluster has processors."""
        task, work = self._ray.remote(max_retries=-1)(_call), self._ray.put(function)
        waiting: deque[Any] = deque()
        ahead = 2 * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        for item in items:
            waiting.append(task.remote(work, item))
            if len(waiting) > ahead:
                yield self._ray.get(waiting.popleft())
        while waiting:
            yield self._ray.get(waiting.popleft())

    def propose(self, blocks: Blocks, alive: NDArray[np.bool_], bands: int, references: int, runs: candidates.PairRuns, memory: int,
                progress: Progress) -> None:
        """Shuffle (group of keys, band, key, row); each group makes the pairs of its buckets."""
        data = cluster.load("ray.data")
        groups = max(1, -(-blocks.rows * bands // ROWS_IN_GROUP))
        refs = [self._ray.put(arrow_table(_keys(stored, first, alive, bands, groups))) for first, stored in blocks.pieces("keys")]
        grouped = data.from_arrow_refs(refs).groupby("group", num_partitions=groups)
        shuffled = grouped.map_groups(partial(_pairs, references), batch_format="numpy")
        for done, batch in enumerate(shuffled.iter_batches(batch_format="numpy"), 1):
            if len(batch["pair"]):
                runs.add(np.unique(batch["pair"].astype(np.uint64)))
            progress("candidates", min(done, groups), groups)
        progress("candidates", groups, groups)

    def compare(self, chunks: Iterable[candidates.Pairs], sets: SetFile, *, containment: bool) -> Iterator[NDArray[np.float64]]:
        """Each chunk goes to a node with the sets that it names."""
        return self.map(partial(_similarity, containment), map(sets.part, chunks))


def _similarity(containment: bool, part: tuple[ShingleSets, NDArray[np.uint32], NDArray[np.uint32]]) -> NDArray[np.float64]:
    sets, left, right = part
    return sets.similarity(left, right, containment=containment)


def _call(function: Callable[[Item], Made], item: Item) -> Made:
    return function(item)


def _pairs(references: int, group: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.uint64]]:
    """The pairs of one group of the shuffle."""
    order = np.lexsort((group["row"], group["key"], group["band"]))
    band, key, row = (group[name][order] for name in ("band", "key", "row"))
    cuts = np.flatnonzero(np.concatenate(([True], band[1:] != band[:-1], [True])))
    found = [candidates.bucket_pairs(key[a:b], row[a:b].astype(np.uint32), references) for a, b in pairwise(cuts)]
    return {"pair": np.concatenate([np.empty(0, np.uint64), *found])}


def _keys(stored: NDArray[np.uint64], first: int, alive: NDArray[np.bool_], bands: int, groups: int) -> dict[str, NDArray[Any]]:
    rows = np.flatnonzero(alive[first : first + stored.shape[1]])
    keys = np.asarray(stored)[:, rows].reshape(-1)
    return {"group": (keys >> np.uint64(32)) * np.uint64(groups) >> np.uint64(32),
            "band": np.repeat(np.arange(bands, dtype=np.uint16), len(rows)), "key": keys,
            "row": np.tile((rows + first).astype(np.uint32), bands)}
