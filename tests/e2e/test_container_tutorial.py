"""Runs the tutorial of bringing a container as it is printed: podman builds and pushes, or skopeo alone does; boto3 trains, deploys
and transforms.

The base image is one that is made here: nothing is fetched from another registry.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sdk.clients import CLI, python_of
from tests.support.image_registry import MANIFEST, ImageRegistry, python

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorials" / "bring-your-own-container.md"
_BASE = "docker.io/library/python:3.12-slim"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
_CLARY = [sys.executable, "-m", "clary.cli.main"]
_NEEDS = "podman is not there (Debian package podman)"


def _blocks(language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(PAGE.read_text()) if kind == language]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    _done([*_CLARY, "up", "--detach", "--port", "0", "--home", str(home)], tmp_path)
    yield home
    _done([*_CLARY, "down", "--home", str(home)], tmp_path)


@pytest.mark.sdk
@pytest.mark.skipif(shutil.which("podman") is None, reason=_NEEDS)
def test_the_tutorial_works_as_printed(home: Path, tmp_path: Path) -> None:
    (dockerfile,), (commands, _), env = _blocks("dockerfile"), _blocks("sh"), _environment(home, tmp_path)
    (tmp_path / "Dockerfile").write_text(dockerfile)
    (tmp_path / "base.tar").write_bytes(python())
    _done(["podman", "import", "base.tar", _BASE], tmp_path, env)
    _follow(commands, tmp_path, env)


@pytest.mark.sdk
@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not there (Debian package skopeo)")
def test_it_works_without_a_container_engine(home: Path, tmp_path: Path) -> None:
    (_, commands), env = _blocks("sh"), _environment(home, tmp_path)
    with ImageRegistry() as images:
        _write_layout(tmp_path / "base", images)
    skopeo = tmp_path / "bin" / "skopeo"
    skopeo.write_text(
        f"#!/bin/sh\nfor word; do shift; "
        f'[ "$word" = docker://{_BASE} ] && word=oci:{tmp_path}/base; set -- "$@" "$word"; done\n'
        f'exec {shutil.which("skopeo")} "$@"\n'
    )
    skopeo.chmod(0o755)
    _follow(commands, tmp_path, env)


def _write_layout(folder: Path, images: ImageRegistry) -> None:
    """Write an image with an interpreter, as skopeo would have fetched it."""
    digest = images.add_image(python(), Env=["PATH=/bin"], Cmd=["python3"])
    (folder / "blobs/sha256").mkdir(parents=True)
    for name, data in images.blobs.items():
        (folder / "blobs" / name.replace(":", "/")).write_bytes(data)
    manifest = {"mediaType": MANIFEST, "digest": digest, "size": len(images.blobs[digest])}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))


def _follow(commands: str, folder: Path, env: dict[str, str]) -> None:
    """Have the image by these commands, and use it."""
    names = ("program.py", "add.py", "run.py")
    for name, text in zip(names, _blocks("python"), strict=True):
        (folder / name).write_text(text)
    _done(["sh", "-eu", "-c", commands], folder, env)
    _, said = _blocks("text")
    assert _done([sys.executable, "run.py"], folder, env) == said


def _environment(home: Path, folder: Path) -> dict[str, str]:
    """What `clary env` sets, the AWS CLI, and a storage of podman's own."""
    aws = folder / "bin" / "aws"
    aws.parent.mkdir()
    aws.write_text(f'#!/bin/sh\nexec {python_of(CLI)} -m awscli "$@"\n')
    aws.chmod(0o755)
    storage = folder / "storage.conf"
    places = f'graphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n'
    storage.write_text(f'[storage]\ndriver = "vfs"\n{places}')
    given = json.loads(_done([*_CLARY, "env", "--shell", "json", "--home", str(home)], folder))
    return {
        **_inherited(),
        **given,
        "CONTAINERS_STORAGE_CONF": str(storage),
        "REGISTRY_AUTH_FILE": str(folder / "auth.json"),
        "PATH": f"{aws.parent}:{os.environ['PATH']}",
    }


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CLARY_"))}


def _done(words: list[str], folder: Path, env: dict[str, str] | None = None) -> str:
    env = env or _inherited()
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout
