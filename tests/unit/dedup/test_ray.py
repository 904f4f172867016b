"""The Ray engine on two nodes: the same bytes as the local one, also when a node is lost while it works."""

import os
from pathlib import Path

import pytest

from simfilter.dedup import deduplicate
from simfilter.dedup import source as sources
from tests.unit.dedup.test_resume import contents, corpus

ray = pytest.importorskip("ray", reason="the engine ray is tested where Ray is installed: pip install 'simfilter[ray]'")
ROOT = Path(__file__).parents[3]
NODE = {"object_store_memory": 200 << 20}
OPTIONS = {"levels": ("exact", "near", "substring"), "run": 30}


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False, **NODE})
    cluster.add_node(num_cpus=1, **NODE)
    cluster.wait_for_nodes()
    ray.init(address=cluster.address, log_to_driver=False)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def test_two_nodes_give_the_bytes_of_one(cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BATCH_SIZE", 100_000)
    data = corpus(tmp_path / "in.jsonl", 2000)
    deduplicate(data, output=tmp_path / "local", **OPTIONS)
    deduplicate(data, output=tmp_path / "ray", engine="ray", **OPTIONS)
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")


def test_a_lost_node_changes_nothing(cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BATCH_SIZE", 50_000)
    data = corpus(tmp_path / "in.jsonl", 2000, seed=1)
    deduplicate(data, output=tmp_path / "local", **OPTIONS)
    extra = cluster.add_node(num_cpus=1, **NODE)
    cluster.wait_for_nodes()
    lost = []

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "read" and done > total // 3 and not lost:
            lost.append(True)
            cluster.remove_node(extra, allow_graceful=False)

    deduplicate(data, output=tmp_path / "ray", engine="ray", progress=progress, **OPTIONS)
    assert lost and contents(tmp_path / "ray") == contents(tmp_path / "local")
