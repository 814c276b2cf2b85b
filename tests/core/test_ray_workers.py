"""Ray works through items in a Ray of its own, whatever else runs on the machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from olivebranch.core.backend import Backend
from olivebranch.core.files import write_bytes

ANOTHER = """
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
print("up", flush=True)
input()
cluster.shutdown()
"""


@pytest.mark.slow
def test_without_an_address_a_ray_of_another_process_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray", reason="Ray is an optional extra: pip install olivebranch[ray]")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    told: list[str] = []
    with subprocess.Popen([sys.executable, "-c", ANOTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"up\n"
        try:
            backend = Backend("ray", workers=1)
            backend.work_through(_write, [str(tmp_path / "made")], told.append, str, "olivebranch.core.files")
        finally:
            other.communicate(b"\n")
    assert told == [str(tmp_path / "made")]
    assert (tmp_path / "made").read_bytes() == b"whole"
    assert not ray.is_initialized()


def _write(item: str, tell: object) -> None:
    write_bytes(Path(item), b"whole")
