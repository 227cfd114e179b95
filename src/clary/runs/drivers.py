"""The machine's NVIDIA driver, as far as programs in images need it: libraries and tools that an image cannot bring, since they must
be those of the machine's kernel module.

What NVIDIA's container toolkit mounts for the capabilities "compute" and "utility" (its source: libnvidia-container, nvc_info.c).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

_FOLDERS = (
    *("usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64", "usr/lib"),
    *("usr/local/nvidia/lib64", "usr/lib/wsl/lib"),
)
_LIBRARIES = (
    *("libcuda.so", "libcudadebugger.so", "libnvidia-ml.so", "libnvidia-cfg.so", "libnvidia-nvvm.so"),
    *("libnvidia-ptxjitcompiler.so", "libnvidia-gpucomp.so", "libnvidia-allocator.so"),
    *("libnvidia-opencl.so", "libnvidia-compiler.so", "libnvidia-pkcs11.so", "libnvidia-pkcs11-openssl3.so"),
)
_TOOLS = ("nvidia-smi", "nvidia-debugdump")
_PLACES = ("usr/bin", "usr/local/nvidia/bin")


def find(root: Path = Path("/")) -> tuple[tuple[str, str], ...]:
    """Return the files of the driver: where an image is to have each, `lib64/NAME` or `bin/NAME`, and where it is. Nothing
    without libcuda."""
    libraries = _in_first(root, _FOLDERS, _is_library)
    if not any(name.startswith("libcuda.so") for name in libraries):
        return ()
    tools = _in_first(root, _PLACES, _TOOLS.__contains__)
    found = [*((f"lib64/{name}", path) for name, path in libraries.items())]
    return tuple(sorted([*found, *((f"bin/{name}", path) for name, path in tools.items())]))


def _is_library(name: str) -> bool:
    """Return whether a file is one of a library's names: of its version, its interface, or for linkers."""
    stem, dot, _ = name.partition(".so")
    return bool(dot) and f"{stem}.so" in _LIBRARIES


def _in_first(root: Path, folders: tuple[str, ...], is_wanted: Callable[[str], bool]) -> dict[str, str]:
    """Return the files of these names, each from the first folder that has it, by what a link leads to."""
    found: dict[str, str] = {}
    for folder in folders:
        at = root / folder
        for name in sorted(os.listdir(at)) if at.is_dir() else []:
            path = os.path.realpath(at / name)
            if is_wanted(name) and os.path.isfile(path) and os.path.getsize(path):
                found.setdefault(name, path)
    return found
