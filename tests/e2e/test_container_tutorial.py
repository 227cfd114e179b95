"""Runs the tutorial of bringing a container as it is printed: podman builds and pushes, boto3 trains, deploys and transforms.

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
from tests.support.image_registry import python

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
    program, run = _blocks("python")
    (dockerfile,), (commands,), (_, said) = _blocks("dockerfile"), _blocks("sh"), _blocks("text")
    (tmp_path / "program.py").write_text(program)
    (tmp_path / "run.py").write_text(run)
    (tmp_path / "Dockerfile").write_text(dockerfile)
    (tmp_path / "base.tar").write_bytes(python())
    env = _environment(home, tmp_path)
    _done(["podman", "import", "base.tar", _BASE], tmp_path, env)
    _done(["sh", "-eu", "-c", commands], tmp_path, env)
    assert _done([sys.executable, "run.py"], tmp_path, env) == said


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
