"""The Ray engine: the same bytes as the local one, nothing lost with a node, nothing done twice.

Needs ``axiomap[ray]``; the object store is moto's, whose pins do not go with ours, so it may lie in
a venv of its own: ``MOTO_SERVER=v/bin/moto_server pytest -m cluster``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyarrow.fs import S3FileSystem
from test_run import write_corpus

from pipeline.cluster import ray_engine
from pipeline.config import Config, load
from pipeline.places import place_of
from pipeline.run import run_to

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def config(tiny_settings: tuple[str, ...]) -> Config:
    return load(overrides=tiny_settings)


def shards(where: str) -> dict[str, bytes]:
    """Bytes of every shard, by name."""
    place = place_of(where)
    return {name: place.open(name).read() for name in place.files("") if name.endswith(".parquet")}


@pytest.fixture
def kill_node() -> Iterator[Callable[[], None]]:
    """A Ray cluster of three nodes on this machine; the call kills one, without warning."""
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 100_000_000}
    )
    mortal = [cluster.add_node(num_cpus=1, object_store_memory=100_000_000) for _ in range(2)]
    cluster.wait_for_nodes()
    ray.init(address=cluster.address, log_to_driver=False)
    yield lambda: cluster.remove_node(mortal[0], allow_graceful=False)
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of an empty bucket on an S3 server on loopback."""
    program = os.environ.get("MOTO_SERVER") or shutil.which("moto_server")
    if not program:
        pytest.skip("no moto_server: MOTO_SERVER names it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        S3FileSystem(allow_bucket_creation=True).create_dir(f"corpus-{port}")
        yield f"s3://corpus-{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_a_node_that_dies_loses_and_doubles_nothing(
    tmp_path: Path, config: Config, kill_node: Callable[[], None]
) -> None:
    corpus = str(write_corpus(tmp_path / "corpus", 60))
    run_to([corpus], str(tmp_path / "local"), config)
    far = tmp_path / "far"
    killed: list[float] = []

    def kill() -> None:
        # A node goes as soon as the first shard of claims is there.
        while not list(far.glob("tagged/*/*.parquet")):
            time.sleep(0.05)
        kill_node()
        killed.append(time.time())

    killer = threading.Thread(target=kill)
    killer.start()
    with ray_engine(actors=3) as engine:  # one a node
        read, tagged = run_to([corpus], str(far), config, engine=engine)
    killer.join(timeout=60)
    assert killed
    assert (read.reused, tagged.reused) == (0, 0)
    assert shards(str(far)) == shards(str(tmp_path / "local"))
    assert not list(far.rglob("*.part"))

    times = {path: path.stat().st_mtime_ns for path in far.rglob("*.parquet")}
    with ray_engine(actors=1) as engine:
        read, tagged = run_to([corpus], str(far), config, engine=engine)
    assert (read.records_in, tagged.records_in) == (0, 0)
    assert {path: path.stat().st_mtime_ns for path in far.rglob("*.parquet")} == times


def test_from_object_storage_to_object_storage(tmp_path: Path, config: Config, bucket: str) -> None:
    pytest.importorskip("ray")
    corpus = write_corpus(tmp_path / "corpus", 12)
    place = place_of(f"{bucket}/press")
    for path in sorted(corpus.rglob("*.txt")):
        place.write(path.relative_to(corpus).as_posix(), path.read_bytes())
    run_to([f"{bucket}/press"], f"{bucket}/near", config)
    with ray_engine(actors=1) as engine:
        run_to([f"{bucket}/press"], f"{bucket}/far", config, engine=engine)
        again, _ = run_to([f"{bucket}/press"], f"{bucket}/far", config, engine=engine)
    assert again.records_in == 0
    assert shards(f"{bucket}/near") == shards(f"{bucket}/far")
    assert len(shards(f"{bucket}/far")) == 16


def test_an_error_inside_an_actor_reads_like_one_here(tmp_path: Path, config: Config) -> None:
    pytest.importorskip("ray")
    corpus = write_corpus(tmp_path / "corpus", 3)
    (tmp_path / "out" / "documents").mkdir(parents=True)
    (tmp_path / "out" / "failures").write_text("in the way")
    with ray_engine(actors=1) as engine, pytest.raises(Exception, match=r"output .*failures"):
        run_to([str(corpus)], str(tmp_path / "out"), config, engine=engine)
