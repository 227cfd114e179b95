"""`clary doctor`: what this machine has, and what it lacks for a platform and its jobs."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clary.cli import upkeep
from clary.cli.errors import CliError
from clary.cli.home import Home, home_at
from clary.cli.lifecycle import port_number
from clary.cli.offline_server import query_server
from clary.cli.screen import Screen

Verdict = Literal["good", "note", "bad"]

_LEAST_FREE = 2 * 10**9
_MARKS: dict[Verdict, tuple[str, str]] = {
    "good": ("✓", "green"),
    "note": ("!", "yellow"),
    "bad": ("✗", "red"),
}
# Module -> what does not work without it.
_EXTRAS = {
    "numpy": "every built-in image (extra: ml)",
    "pandas": "processing in the scikit-learn image (extra: ml)",
    "pyarrow": "Model Monitor and Parquet (extra: ml)",
    "sklearn": "the scikit-learn image (extra: ml)",
    "xgboost": "the XGBoost image (extra: ml)",
    "torch": "the PyTorch images (extra: torch, from an index with CPU builds)",
    "psycopg": "a PostgreSQL store (extra: postgres)",
}
_OPTIONAL = ("torch", "psycopg")
# Words of the executor for something that does not hold: "other files are not", "cannot be limited",
# "isolation: none (".
_LACKS = re.compile(r"\b(can)?not\b|: none \(")


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    verdict: Verdict
    text: str


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("doctor", help="check that this machine can run the platform")
    parser.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    parser.add_argument("--port", type=port_number, default=4566, help="the port to listen on (4566)")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Print every finding; the status is 1 if one is bad."""
    home, screen = home_at(args.home), Screen()
    findings = [
        python(),
        *extras(),
        *isolation(home.path),
        disk(home.path),
        port(home, args.port),
        *damage(home),
        *permissions(home),
    ]
    for finding in findings:
        mark, colour = _MARKS[finding.verdict]
        screen.line(f"  {screen.paint(mark, colour)} {finding.text}")
    return 1 if any(finding.verdict == "bad" for finding in findings) else 0


def python() -> Finding:
    """Check the version of Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("good" if sys.version_info >= (3, 11) else "bad", f"Python {version} ({sys.executable})")


def extras() -> list[Finding]:
    """Check which libraries of jobs can be imported, each in a process of its own."""
    tries = {name: _import(name) for name in _EXTRAS}
    return [_import_finding(name, child) for name, child in tries.items()]


def _import(name: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", f"import {name}; print({name}.__version__)"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _import_finding(name: str, child: subprocess.Popen[str]) -> Finding:
    output, complaint = child.communicate()
    if child.returncode == 0:
        return Finding("good", f"{name} {output.strip()}")
    last = (complaint.strip().splitlines() or ["it ended without a message"])[-1]
    verdict: Verdict = "note" if name in _OPTIONAL else "bad"
    return Finding(verdict, f"{name} cannot be imported ({last}); without it: {_EXTRAS[name]}")


def isolation(home: Path) -> list[Finding]:
    """Return what the executor promises on this machine for this home, in the executor's words."""
    try:
        found = query_server("doctor", "--home", str(home))
    except CliError as error:
        return [Finding("bad", str(error))]
    findings = [Finding("note" if _LACKS.search(line) else "good", line) for line in found["promises"]]
    if found["method"] != "bubblewrap":
        findings.append(
            Finding("note", "install bubblewrap (Debian: apt-get install bubblewrap) for full isolation")
        )
    return findings


def disk(home: Path) -> Finding:
    """Check that there is enough disk space for the home."""
    there = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(there).free
    enough = free >= _LEAST_FREE
    return Finding(
        "good" if enough else "bad",
        f"{free / 1e9:.1f} GB free for {home}"
        + ("" if enough else f", but {_LEAST_FREE / 1e9:.0f} GB are needed"),
    )


def damage(home: Home) -> list[Finding]:
    """Return what the platform has found damaged on the disk, whether it runs or not, and how far it has looked."""
    if not home.path.exists():
        return []
    try:
        facts = upkeep.facts_of(home)
    except CliError as error:
        return [Finding("note", f"what is damaged is not known: {error}")]
    if "why" in facts:
        return [Finding("note", f"what is damaged is not known: {facts['why']}")]
    found = [
        Finding("bad" if name == "damaged" else "good", f"{name}: {said}")
        for name, said in upkeep.rows(facts)
    ]
    return found if upkeep.damaged(facts) else [*found, Finding("good", upkeep.all_well(facts))]


def port(home: Home, number: int) -> Finding:
    """Check that the platform uses the port, or that it is free."""
    endpoint = home.endpoint()
    if endpoint and endpoint.endswith(f":{number}"):
        return Finding("good", f"the platform is up at {endpoint}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            return Finding(
                "note", f"port {number} cannot be used ({error.strerror}); choose another with --port"
            )
    return Finding("good", f"port {number} is free")


def permissions(home: Home) -> list[Finding]:
    """Check that only the owner can read the home and its secrets."""
    if not home.path.exists():
        return [Finding("good", f"{home.path} does not exist yet; `clary up` creates it")]
    secrets = [*home.path.glob("*.key"), *home.path.glob("*/*.key"), *home.path.glob("accounts/*.json")]
    looked_at = [home.path, *(path for path in (home.path / "identity.json", *secrets) if path.exists())]
    open_ = [path for path in looked_at if stat.S_IMODE(path.stat().st_mode) & 0o077]
    foreign = [path for path in looked_at if path.stat().st_uid != os.geteuid()]
    bad = [Finding("bad", f"{path} can be read by others; fix it with: chmod go= {path}") for path in open_]
    bad += [Finding("bad", f"{path} belongs to another user") for path in foreign]
    return bad or [Finding("good", f"{home.path} is private")]
