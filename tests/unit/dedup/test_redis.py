"""Our signatures in datasketch's MinHashLSH with Redis behind it, and back. The test starts a server of its own on a socket."""

import pickle
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simfilter.dedup import LSHIndex, MinHasher, choose_bands

redis = pytest.importorskip("redis")
TIDE = "the quiet harbour kept its lamps alight for every boat that winter had not found and those who waited counted masts"
TEXTS = {"tide": TIDE, "market": "snow fell on the empty market while the clock above the bakery struck nine and nobody came to buy bread"}


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[str]:
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    path = str(tmp_path / "redis.sock")
    process = subprocess.Popen([server, "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", str(tmp_path)],
                               stdout=subprocess.DEVNULL)
    client = redis.Redis(unix_socket_path=path)
    try:
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        yield path
    finally:
        client.close()
        process.terminate()
        process.wait()


def storage(socket: str) -> dict[str, object]:
    return {"type": "redis", "basename": b"simfilter", "redis": {"unix_socket_path": socket}}


def test_signatures_go_to_redis_and_come_back(socket: str) -> None:
    from datasketch import MinHashLSH

    hasher, bands = MinHasher(), choose_bands(0.8)
    signatures = dict(zip(TEXTS, hasher.sign(list(TEXTS.values())), strict=True))
    stored = MinHashLSH(num_perm=128, params=(bands.bands, bands.rows), storage_config=storage(socket))
    client = redis.Redis(unix_socket_path=socket)
    for name, signature in signatures.items():
        stored.insert(name, hasher.to_datasketch(signature))
        client.hset("signatures", name, pickle.dumps(hasher.to_datasketch(signature)))
    del stored

    opened = MinHashLSH(num_perm=128, params=(bands.bands, bands.rows), storage_config=storage(socket))  # as another process would
    loud, other = hasher.sign([TIDE.upper() + "!", "nothing of this was ever said before by anyone"])
    assert opened.query(hasher.to_datasketch(loud)) == ["tide"] and opened.query(hasher.to_datasketch(other)) == []
    assert len(client.keys("simfilter*")) > bands.bands  # it is Redis that holds them

    index = LSHIndex(bands)
    for name, stored_bytes in client.hgetall("signatures").items():
        signature = hasher.from_datasketch(pickle.loads(stored_bytes))
        assert (signature == signatures[name.decode()]).all()
        index.add([name.decode()], signature[None])
    client.close()
    assert index.query(loud) == ["tide"]

