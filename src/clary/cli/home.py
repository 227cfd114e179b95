"""What a client may read of a platform's home: identity, address, proxy token, running processes.

Only reads files, and does not know how the platform writes them.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clary.cli.errors import CliError
from clary.cli.sealed import opened_file, opened_identity

# For each partition, the region that its global services use in signatures.
_USUAL = ("us-east-1", "cn-north-1", "us-gov-west-1")
ACCOUNT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")


@dataclass(frozen=True, slots=True)
class Identity:
    """An account and its root key."""

    account: str
    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True)
class Location:
    """The partition of a platform's ARNs, and its regions (empty if the platform has never run)."""

    partition: str = "aws"
    regions: tuple[str, ...] = ()

    @property
    def usual(self) -> str:
        """The default region: the partition's main region, if the platform has it."""
        found = [region for region in _USUAL if region in self.regions]
        return next(iter((*found, *self.regions)), _USUAL[0])

    def region(self, given: str | None) -> str:
        """Return the given region, or the default one. Raise CliError if the platform does not have it."""
        region = given or self.usual
        if self.regions and region not in self.regions:
            raise CliError(f"{region} is not a region of this platform, which has {', '.join(self.regions)}")
        return region


@dataclass(frozen=True, slots=True)
class Process:
    """A process by id and start time (clock ticks since boot), since ids are reused."""

    pid: int
    started: int

    @property
    def alive(self) -> bool:
        """Whether it still runs. A zombie does not (proc(5), fields 3 and 22 of stat)."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return fields[0] not in "ZX" and int(fields[19]) == self.started

    def signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.alive:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass
            except PermissionError:
                raise CliError(f"process {self.pid} belongs to another user; stop it as that user") from None


@dataclass(frozen=True, slots=True)
class Home:
    """A platform's folder, as a client sees it."""

    path: Path

    @property
    def exists(self) -> bool:
        return (self.path / "identity.json").exists()

    @property
    def ca_bundle(self) -> Path:
        return self.path / "ca" / "bundle.pem"

    @property
    def sdk_config(self) -> Path:
        return self.path / "sdk-config.yaml"

    def location(self) -> Location:
        """Return partition and regions, as the server wrote them down."""
        found = _json(self.path / "location.json")
        return Location(found["partition"], tuple(found["regions"])) if found else Location()

    def identity(self, account: str = "") -> Identity:
        """Return the root identity of the first or of a named account. Raise CliError if there is none."""
        path = self.account_file(account) if account else self.path / "identity.json"
        found = _json(path)
        if found is None and account:
            raise CliError(
                f"there is no account {account!r} in {self.path}; create it with: clary account create {account}"
            )
        if found is None:
            raise CliError(f"there is no platform in {self.path}; start one with: {up_command(self.path)}")
        found = opened_identity(self.path, path, found)
        return Identity(found["account"], found["access_key_id"], found["secret_access_key"])

    def account_file(self, name: str) -> Path:
        """Return the path of a named account's keys. Raise CliError for an invalid name, such as a path."""
        if not ACCOUNT_NAME.fullmatch(name):
            raise CliError(
                f"{name!r} is not an account name: use at most 50 letters, digits, '.', '_' and '-'"
            )
        return self.path / "accounts" / f"{name}.json"

    def process(self, duty: str) -> Process | None:
        """Return the process with a duty (warden, gateway, controllers), if it runs.

        A copy of a home contains the original's process ids, which are not its own.
        """
        found = _json(self.path / "run" / f"{duty}.json")
        process = Process(found["pid"], found["started"]) if found and self._is_mine(found) else None
        return process if process and process.alive else None

    def _is_mine(self, entry: Any) -> bool:
        info = self.path.stat()
        return entry.get("home") == f"{info.st_dev}:{info.st_ino}"

    def processes(self) -> dict[str, Process]:
        """Return every running process of the platform; jobs are not among them."""
        further = sorted(file.stem for file in (self.path / "run").glob("gateway-*.json"))
        duties = ("warden", "gateway", *further, "controllers")
        found = {duty: self.process(duty) for duty in duties}
        return {duty: process for duty, process in found.items() if process}

    def endpoint(self) -> str | None:
        """Return the address of the running gateway, or None."""
        gateway, found = self.process("gateway"), _json(self.path / "run" / "address.json")
        return found["endpoint"] if gateway and found and found["pid"] == gateway.pid else None

    def running(self) -> str:
        """Return the address of the running gateway. Raise CliError if the platform does not run."""
        endpoint = self.endpoint()
        if endpoint is None:
            raise CliError(self.not_running())
        return endpoint

    def not_running(self) -> str:
        """Return the sentence about a platform that does not run, with the command that starts it."""
        return f"the platform of {self.path} is not running; start it with: {up_command(self.path)}"

    def last_endpoint(self) -> str | None:
        """Return the address of the latest gateway, running or not."""
        found = _json(self.path / "run" / "address.json")
        return found["endpoint"] if found else None

    def proxy_token(self) -> str:
        """Return the password for CONNECT requests."""
        return opened_file(self.path, self.path / "proxy.key").hex()

    def log_tail(self, duty: str, lines: int = 8) -> str:
        """Return the last lines of a process's log."""
        try:
            text = (self.path / "log" / f"{duty}.log").read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def home_at(given: str | None) -> Home:
    """Return the home given by `--home`, else by CLARY_HOME, else ~/.clary."""
    return Home(Path(given or os.environ.get("CLARY_HOME") or "~/.clary").expanduser().resolve())


def up_command(path: Path) -> str:
    """Return the command that starts the platform of a home."""
    return typed("up", path)


def typed(words: str, path: Path) -> str:
    """Return a command as it has to be typed here: with its path if it is not on PATH, with --home if needed."""
    name = "clary" if shutil.which("clary") else shlex.quote(sys.argv[0])
    return (
        f"{name} {words}" if home_at(None).path == path else f"{name} {words} --home {shlex.quote(str(path))}"
    )


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in a folder of mode 0700, atomically."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    os.replace(aside, path)


def _json(path: Path) -> Any | None:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except PermissionError:
        raise CliError(
            f"{path} cannot be read, since a home is private to its owner; choose another with --home"
        ) from None
