"""The GPUs' driver for programs in images, by a folder of files that stands for a machine with one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.runs import drivers, images, local
from clary.runs.api import Resources
from tests.support.executors import Bench
from tests.support.image_registry import ImageRegistry, busybox

LIB = "usr/lib/x86_64-linux-gnu"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine's files: libraries of a driver, their links, tools, and what is no part of it."""
    root = tmp_path / "machine"
    for name in (
        "libcuda.so.535.1",
        "libnvidia-ml.so.535.1",
        "libnvidia-gpucomp.so.535.1",
        "libcudart.so.12",
        "libc.so.6",
    ):
        _put(root / LIB / name, name)
    (root / LIB / "libcuda.so.1").symlink_to("libcuda.so.535.1")
    (root / LIB / "libcuda.so").symlink_to("libcuda.so.1")
    (root / LIB / "libnvidia-ml.so.1").symlink_to("libnvidia-ml.so.535.1")
    (root / LIB / "libnvidia-cfg.so.1").symlink_to("libnvidia-cfg.so.535.1")  # leads nowhere
    _put(root / LIB / "libnvidia-nvvm.so.4", "")  # as container engines leave behind
    _put(root / "usr/lib64/libcuda.so.1", "another")
    _put(root / "usr/bin/nvidia-smi", "#!/bin/sh\necho GPU 0\n")
    _put(root / "usr/bin/nvidia-settings", "")
    (root / "usr/bin/nvidia-smi").chmod(0o755)
    return root


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_drivers_files_are_found_by_all_their_names(root: Path) -> None:
    lib = root / LIB
    assert dict(drivers.find(root)) == {
        "bin/nvidia-smi": str(root / "usr/bin/nvidia-smi"),
        "lib64/libcuda.so": str(lib / "libcuda.so.535.1"),
        "lib64/libcuda.so.1": str(lib / "libcuda.so.535.1"),
        "lib64/libcuda.so.535.1": str(lib / "libcuda.so.535.1"),
        "lib64/libnvidia-gpucomp.so.535.1": str(lib / "libnvidia-gpucomp.so.535.1"),
        "lib64/libnvidia-ml.so.1": str(lib / "libnvidia-ml.so.535.1"),
        "lib64/libnvidia-ml.so.535.1": str(lib / "libnvidia-ml.so.535.1"),
    }


def test_without_libcuda_there_is_no_driver(root: Path) -> None:
    for path in root.rglob("libcuda.so*"):
        path.unlink()
    assert drivers.find(root) == ()
    assert drivers.find(root / "nowhere") == ()


@pytest.fixture
def bench(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """An executor of a machine with one GPU."""
    found = drivers.find(root)
    for module in (local, images):
        monkeypatch.setattr(module, "gpus_of_this_machine", lambda: (0,))
    monkeypatch.setattr(drivers, "find", lambda: found)
    made = Bench(tmp_path / "home")
    if any("images do not run" in line or "overlayfs does not" in line for line in made.executor.describe()):
        pytest.skip("this machine cannot run images")
    yield made
    for run_id in made.executor.runs():
        made.executor.forget(run_id)


SCRIPT = "nvidia-smi; cat /usr/local/nvidia/lib64/libcuda.so.1; echo; echo $LD_LIBRARY_PATH; echo $PATH; ls /usr/local"


def _said(bench: Bench, gpus: int, **config: Any) -> list[str]:
    with ImageRegistry() as registry:
        digest = registry.add_image(busybox(), **config)
        image = registry.image(digest, entrypoint=("sh", "-c", SCRIPT))
        resources = Resources("ml.g5.xlarge", gpus=gpus)
        bench.run(run_id=f"r{gpus}", image=image, endpoint=registry.endpoint, resources=resources)
    return bench.text(f"r{gpus}").splitlines()


def test_a_run_with_a_gpu_has_the_driver_in_its_image(bench: Bench) -> None:
    said = _said(bench, 1, Env=["PATH=/bin", "LD_LIBRARY_PATH=/own"])
    assert said == [
        "GPU 0",
        "libcuda.so.535.1",
        "/own:/usr/local/nvidia/lib64",
        "/bin:/usr/local/nvidia/bin",
        "nvidia",
    ]


def test_a_run_without_one_has_not(bench: Bench) -> None:
    said = _said(bench, 0, Env=["PATH=/bin"])
    assert "/bin" in said
    assert not any("nvidia/lib64" in line and ":" not in line for line in said)
    assert "GPU 0" not in said
    assert "libcuda.so.535.1" not in said
