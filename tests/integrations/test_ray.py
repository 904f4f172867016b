"""A Ray cluster of two nodes: dedup gives the bytes of one machine, `serve` its verdicts, also when a node, a worker or a shard is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simfilter import Filter, Index
from simfilter.dedup import deduplicate
from simfilter.dedup import source as sources
from simfilter.index.remote import RemoteIndex
from tests.unit.dedup.test_resume import contents, corpus
from tests.unit.index.test_remote import SHARDS, cut, queries

ray = pytest.importorskip("ray", reason="the engine ray is tested where Ray is installed: pip install 'simfilter[ray]'")
httpx = pytest.importorskip("httpx", reason="the extra [serve] is not installed")

from simfilter.serve.app import Settings, create_app  # noqa: E402
from tests.serve.conftest import serving  # noqa: E402

ROOT = Path(__file__).parents[2]
OPTIONS: dict[str, Any] = {"levels": ("exact", "near", "substring"), "run": 30}
NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 150 << 20, "include_dashboard": False}
ATTEMPTS = 3
"""To start Ray, whose nodes give up when their own helpers take more than 15 s to start."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    os.environ["RAY_AUTH_MODE"] = "disabled"  # else Ray writes a token into the home directory
    for _ in range(ATTEMPTS):
        cluster = Cluster()
        try:
            cluster.add_node(**NODE)
            cluster.add_node(**NODE, resources={"simfilter-shard-1": 1})
            ray.init(address=cluster.address, log_to_driver=False)
            break
        except Exception as error:
            cluster.shutdown()
            refused = str(error)
    else:
        pytest.skip(f"Ray did not start here, {ATTEMPTS} times: {refused}")
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cut(tmp_path_factory.mktemp("ray") / "index")


def killed(index: RemoteIndex, shard: int) -> None:
    """Kill the actor that holds a shard."""
    ray.kill(index.shards._callers[shard].args[1])  # type: ignore[attr-defined]


def test_actors_give_the_verdicts_of_one_machine(cluster: Any, path: Path) -> None:
    here, there = Filter.open(path), Filter(RemoteIndex.connect(path))
    found = 0
    for text, language in queries()[::2]:
        mine = here.check(text, language=language)
        assert mine == there.check(text, language=language)
        found += len(mine.matches)
    text = queries()[4][0]
    mine, theirs = here.stream([text]), there.stream([text])
    assert found and list(mine) == list(theirs) and mine.verdict == theirs.verdict


def test_the_server_names_a_shard_whose_actor_is_killed(cluster: Any, path: Path, tmp_path: Path) -> None:
    """Blocked, or let through where the policy says so, and never clean; the server goes on, and has the shard back by itself."""
    (tmp_path / "open.toml").write_text("fail_open = true\n")
    apps = {name: create_app(Settings(path, policy=policy, engine="ray", shard_timeout=20.0))
            for name, policy in (("closed", None), ("open", tmp_path / "open.toml"))}
    innocent = {"text": "Nobody wrote this line of words before."}
    for name, app in apps.items():
        for url in serving(app):
            with httpx.Client(base_url=url, timeout=60) as client:
                assert client.post("/v1/check", json=innocent).json()["clean"]
                index = app.state.server.filter.index
                killed(index, 1)
                told = client.post("/v1/check", json=innocent).json()
                assert told["notes"] == [f"shard 1 of {SHARDS} is lost: ActorDiedError"]
                assert not told["clean"] and not told["scanned"] and told["action"] == {"closed": "block", "open": "allow"}[name]
                assert client.get("/readyz").json()["lost"] == told["notes"]
                home = next(origin for origin in Index.open(path, shard=0).documents if origin.language is None)
                copied = Index.open(path).segments
                text = copied.text(copied.document(home.document))
                assert home.document in [each["document"] for each in client.post("/v1/check", json={"text": text}).json()["matches"]]
                deadline = time.monotonic() + 60
                while index.lost and time.monotonic() < deadline:
                    time.sleep(0.05)
                assert client.post("/v1/check", json=innocent).json()["clean"]


def workers(cluster: Any) -> list[int]:
    """The processes of the cluster that do its work, but for those that hold a shard."""
    found: list[int] = []
    for node in cluster.list_all_nodes():
        raylet = node.all_processes["raylet"][0].process.pid
        for children in Path(f"/proc/{raylet}/task").glob("*/children"):
            for pid in map(int, children.read_text().split()):
                title = Path(f"/proc/{pid}/cmdline").read_bytes()
                if title.startswith(b"ray::") and b"Agent" not in title and b"ShardHolder" not in title:
                    found.append(pid)
    return found


def test_dedup_gives_the_bytes_of_one_machine_whatever_is_lost(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node is lost while documents are signed, all workers when candidates are shuffled, and when they are compared."""
    monkeypatch.setattr(sources, "BATCH_SIZE", 50_000)
    data = corpus(tmp_path / "in.jsonl", 1200)
    deduplicate(data, output=tmp_path / "local", **OPTIONS)
    (extra,) = cluster.worker_nodes
    lost: dict[str, int] = {}

    def progress(stage: str, done: int, total: int) -> None:
        if stage in lost or (stage == "read" and done <= total // 3):
            return
        if stage == "read":
            cluster.remove_node(extra, allow_graceful=False)
            lost[stage] = 1
        else:
            busy = workers(cluster)
            for pid in busy:
                os.kill(pid, signal.SIGKILL)
            lost[stage] = len(busy)

    deduplicate(data, output=tmp_path / "ray", engine="ray", progress=progress, **OPTIONS)
    assert {"read", "candidates", "verify"} <= {stage for stage, count in lost.items() if count}
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
