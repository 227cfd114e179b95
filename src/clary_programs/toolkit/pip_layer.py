"""`pip install` of a program in a job, where the interpreter is shared by many jobs: only what is missing is added, to the
job's own folder.

PIP_TARGET names that folder. By itself it makes pip overlook all that is installed, so that a requirement such as the
SageMaker SDK (which `@remote` and `@step` install in each job) is fetched again with all that it needs, and cannot be had
without a package index.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from clary_programs.toolkit.requirements import options_of, pinned

# Who says one of these has a wish of their own, which pip fulfils as it is.
_AS_IT_IS = frozenset(
    (
        *("-t", "--target", "--prefix", "--root", "--user", "-e", "--editable"),
        *("--dry-run", "--report", "-h", "--help", "--require-hashes"),
    )
)
_OF_THE_INDEX = frozenset(("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host"))
_FLAGS = frozenset(
    (
        *("--no-index", "--pre", "-q", "-qq", "-qqq", "--quiet", "-v", "-vv", "-vvv", "--verbose"),
        *("--no-cache-dir", "--no-build-isolation", "--no-input"),
    )
)


def main(arguments: Sequence[str]) -> int:
    """Do what `pip` with these arguments does; return its exit status."""
    target = os.environ.get("PIP_TARGET", "")
    names = {word.split("=")[0] for word in arguments}
    if not target or arguments[:1] != ["install"] or names & _AS_IT_IS:
        return _as_it_is(arguments)
    return _install(arguments[1:], target)


def _as_it_is(arguments: Sequence[str]) -> int:
    try:
        from pip._internal.cli.main import main as pip
    except ImportError:
        print(f"{sys.executable}: No module named pip", file=sys.stderr)
        return 1
    return int(pip(list(arguments)) or 0)


def _install(arguments: Sequence[str], target: str) -> int:
    """Let pip resolve against what is installed, then add just the difference."""
    with tempfile.TemporaryDirectory(prefix="pip-") as scratch:
        report = Path(scratch) / "report.json"
        status = _pip(["--quiet", "--dry-run", "--report", str(report), *arguments])
        if status:
            return status
        missing = [pinned(item) for item in json.loads(report.read_text(encoding="utf-8"))["install"]]
    if not missing:
        if not any(word == "--quiet" or word.startswith("-q") for word in arguments):
            print("Requirements are already satisfied.")
        return 0
    return _pip(["--no-deps", "--upgrade", "--target", target, *_options(arguments), *missing])


def _pip(arguments: Sequence[str]) -> int:
    """Run `pip install` without a target in the environment, so that it is the interpreter's own."""
    environ = {name: value for name, value in os.environ.items() if name != "PIP_TARGET"}
    command = [sys.executable, "-m", "pip", "install", *arguments]
    return subprocess.run(command, env=environ, check=False).returncode


def _options(arguments: Sequence[str]) -> list[str]:
    """Return the options that say where packages come from, also those in files of requirements, and how much is said."""
    found: list[str] = []
    for place, word in enumerate(arguments):
        name, _, value = word.partition("=")
        following = arguments[place + 1 : place + 2]
        if name in _OF_THE_INDEX:
            found += [word] if value else [word, *following]
        elif name in ("-r", "--requirement"):
            found += options_of(Path(value or "".join(following)))
        elif word in _FLAGS:
            found.append(word)
    return found
