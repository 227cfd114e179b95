"""Install the user's `requirements.txt` (or `setup.py`) with pip. Does not know training from serving.

On AWS the container is the job's own and pip changes it. Where the interpreter is a virtual environment it may be
shared by many jobs, so there only what is missing is added, to a folder of the job's own.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from clary_programs.toolkit.logs import logger
from clary_programs.toolkit.process import run

FILE = "requirements.txt"


def install_requirements(folder: Path, layer: Path, environ: Mapping[str, str]) -> None:
    """Install what `folder/requirements.txt` lists, unless all of it is installed.

    Raise CalledProcessError (InstallRequirementsError) with pip's output.
    """
    requirements = folder / FILE
    if not requirements.exists():
        return
    if satisfied(requirements.read_text(encoding="utf-8", errors="replace")):
        logger.info("Requirements of %s are already satisfied", FILE)
        return
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    logger.info("Installing dependencies from requirements.txt:\n%s", " ".join([*pip, "-r", FILE]))
    if is_shared_interpreter():
        _install_layer(pip, folder, layer, environ)
    else:
        run([*pip, "-r", FILE], folder, environ, "InstallRequirementsError")


def install_module(folder: Path, layer: Path, environ: Mapping[str, str]) -> None:
    """Install the package whose `setup.py` is in `folder`, with its requirements.

    Raise CalledProcessError (InstallModuleError or InstallRequirementsError).
    """
    install_requirements(folder, layer, environ)
    command = _module_command(layer)
    logger.info("Installing module with the following command:\n%s", " ".join(command))
    run(command, folder, environ, "InstallModuleError")


def _module_command(layer: Path) -> list[str]:
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "."]
    if not is_shared_interpreter():
        return pip
    if find_spec("wheel") is None:
        # Without `wheel` pip would have to download a build environment; setuptools alone can build in place.
        return [sys.executable, "setup.py", "--quiet", "build", "--build-lib", str(layer)]
    return [*pip, "--no-deps", "--no-build-isolation", "--upgrade", "--target", str(layer)]


def is_shared_interpreter() -> bool:
    """Return a virtual environment, or one this process may not write, is not the job's own to change."""
    return sys.prefix != sys.base_prefix or not os.access(os.path.dirname(os.__file__), os.W_OK)


def satisfied(text: str) -> bool:
    """Return whether every line is a plain requirement that an installed distribution meets.

    Options, addresses and anything else that only pip understands count as not satisfied.
    """
    lines = (line.split(" #")[0].strip() for line in text.splitlines())
    return all(_is_met(line) for line in lines if line and not line.startswith("#"))


def _is_met(line: str) -> bool:
    try:
        from packaging.requirements import InvalidRequirement, Requirement
    except ImportError:
        return False
    try:
        wanted = Requirement(line)
        if wanted.url or wanted.extras:
            return False
        if wanted.marker is not None and not wanted.marker.evaluate():
            return True
        return wanted.specifier.contains(metadata.version(wanted.name), prereleases=True)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        return False


def _install_layer(pip: list[str], folder: Path, layer: Path, environ: Mapping[str, str]) -> None:
    """Let pip resolve against what is installed, then add just the difference to `layer`."""
    # A target of its own would have pip overlook what is installed.
    environ = {name: value for name, value in environ.items() if name != "PIP_TARGET"}
    with tempfile.TemporaryDirectory(prefix="requirements-") as scratch:
        report = Path(scratch) / "report.json"
        resolve = [*pip, "--quiet", "--dry-run", "--report", str(report), "-r", FILE]
        run(resolve, folder, environ, "InstallRequirementsError")
        missing = [pinned(item) for item in json.loads(report.read_text(encoding="utf-8"))["install"]]
        if not missing:
            return
        options = options_of(folder / FILE)
        add = [*pip, "--no-deps", "--upgrade", "--target", str(layer), *options, *missing]
        run(add, folder, environ, "InstallRequirementsError")


def pinned(item: Mapping[str, object]) -> str:
    """Return one entry of pip's report as a requirement of exactly that; an address stays an address."""
    name, version = item["metadata"]["name"], item["metadata"]["version"]
    return f"{name} @ {item['download_info']['url']}" if item.get("is_direct") else f"{name}=={version}"


def options_of(requirements: Path) -> list[str]:
    """Return a file's own index and link options, which a pinned second run still needs."""
    options: list[str] = []
    for line in requirements.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split(" #")[0].split()
        if words and words[0].split("=")[0] in {
            "-i",
            "-f",
            "--index-url",
            "--extra-index-url",
            "--find-links",
        }:
            options += words
    return options


def layered_path(environ: Mapping[str, str], *folders: Path, after: Path) -> str:
    """PYTHONPATH with `folders` in front of what is there, and one folder after it."""
    present = environ.get("PYTHONPATH", "")
    return os.pathsep.join([*map(str, folders), *([present] if present else []), str(after)])
