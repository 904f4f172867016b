"""A Ray cluster of two nodes: dedup gives the bytes of one machine, `serve` its verdicts, also when a node, a worker or a shard is lost."""

from __future__ import annotations

import gc
import inspect
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simfilter import Filter, Index, Policy
from simfilter.dedup import deduplicate
from simfilter.dedup import source as sources
from simfilter.index.remote import RemoteIndex
from tests.unit.dedup.test_resume import contents, corpus
from tests.unit.index.test_remote import SHARDS, cut, queries

ray = pytest.importorskip("ray", reason="the engine ray is tested where Ray is installed: pip install 'simfilter[ray]'")
httpx = pytest.importorskip("httpx", reason="the extra [serve] is not installed")

from simfilter.serve.app import Server, Settings, create_app  # noqa: E402
from tests.serve.conftest import serving  # noqa: E402

ROOT = Path(__file__).parents[2]
OPTIONS: dict[str, Any] = {"levels": ("exact", "near", "substring"), "run": 30}
ATTEMPTS = 3


def patient(start: Callable[..., Any]) -> Callable[..., Any]:
    """Ray's own start of a node, which gives up when the dashboard's agent has not told its ports within 15 s: too short on a busy machine.
    Here they are told beforehand, as not in use."""

    def started(*arguments: Any, **named: Any) -> Any:
        given = inspect.signature(start).bind(*arguments, **named).arguments
        for port in ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port"):
            (Path(given["session_dir"]) / f"{port}_{given['node_id']}").write_text("-1")
        return start(*arguments, **named)

    return started


def add_node(cluster: Any, **more: Any) -> Any:
    with socket.create_server(("", 0)) as free:
        port = free.getsockname()[1]
    return cluster.add_node(num_cpus=1, object_store_memory=150 << 20, include_dashboard=False, runtime_env_agent_port=port, **more)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    import ray._private.services as services
    from ray.cluster_utils import Cluster

    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    os.environ["RAY_AUTH_MODE"] = "disabled"  # else Ray writes a token into the home directory
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "start_raylet", patient(services.start_raylet))
        for _ in range(ATTEMPTS):
            cluster = Cluster()
            try:
                add_node(cluster)
                add_node(cluster, resources={"simfilter-shard-1": 1})
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
    gc.collect()  # what Ray leaves to finalisers ends here, not in the middle of something else


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cut(tmp_path_factory.mktemp("ray") / "index")


def killed(index: RemoteIndex, shard: int) -> None:
    """Kill the actor that holds a shard."""
    ray.kill(index.shards._callers[shard].args[1])  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def server(cluster: Any, path: Path) -> Iterator[tuple[Server, str]]:
    """The server over an index whose shards are held by actors, one of them on the node that asks for it."""
    app = create_app(Settings(path, engine="ray", shard_timeout=20.0))
    for url in serving(app):
        yield app.state.server, url


def test_actors_give_the_verdicts_of_one_machine(server: Any, path: Path) -> None:
    here, there = Filter.open(path), server[0].filter
    found = 0
    for text, language in queries()[::3]:
        mine = here.check(text, language=language)
        assert mine == there.check(text, language=language)
        found += len(mine.matches)
    text = queries()[4][0]
    mine, theirs = here.stream([text]), there.stream([text])
    assert found and list(mine) == list(theirs) and mine.verdict == theirs.verdict


def test_the_server_names_a_shard_whose_actor_is_killed(server: Any, path: Path) -> None:
    """Blocked, or let through where the policy says so, and never clean; the server goes on, and has the shard back by itself."""
    innocent, index = {"text": "Nobody wrote this line of words before."}, server[0].filter.index
    with httpx.Client(base_url=server[1], timeout=60) as client:
        assert client.post("/v1/check", json=innocent).json()["clean"]
        killed(index, 1)
        told = client.post("/v1/check", json=innocent).json()
        assert told["notes"] == [f"shard 1 of {SHARDS} is lost: ActorDiedError"]
        assert not told["clean"] and not told["scanned"] and told["action"] == "block"
        verdict = Filter(index, Policy.parse({"fail_open": True})).check(**innocent)
        assert list(verdict.notes) == told["notes"] and not verdict.clean and verdict.action.name == "ALLOW"
        assert client.get("/readyz").json()["lost"] == told["notes"]
        with Index.open(path) as whole, Index.open(path, shard=0) as left:
            name = next(origin.document for origin in left.documents if origin.language is None)
            copied = {"text": whole.segments.text(whole.segments.document(name))}
        assert name in [match["document"] for match in client.post("/v1/check", json=copied).json()["matches"]]
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
    """A node is lost while documents are signed, and a worker in each of the later stages."""
    monkeypatch.setattr(sources, "BATCH_SIZE", 60_000)
    data = corpus(tmp_path / "in.jsonl", 600)
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
            lost[stage] = workers(cluster)[-1]
            os.kill(lost[stage], signal.SIGKILL)

    deduplicate(data, output=tmp_path / "ray", engine="ray", progress=progress, **OPTIONS)
    assert {"read", "candidates", "verify"} <= set(lost)
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
