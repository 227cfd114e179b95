"""The platform's folder: where each thing lies, made private on first use."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clary.kernel.folders import private_folder

# A unix socket's path must fit into 108 bytes (unix(7)); deeper homes get a short folder elsewhere.
_LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below the home. Nothing in it is readable by others."""

    path: Path

    @classmethod
    def at(cls, path: str | Path) -> Home:
        """Make the folder when it is not there."""
        whole = Path(path).expanduser().resolve()
        whole.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls.found(whole)

    @classmethod
    def found(cls, path: str | Path) -> Home:
        """The folder that is there already; no process of ours makes one again that was deleted or moved under it.

        Raises FileNotFoundError.
        """
        home = cls(Path(path).expanduser().resolve())
        home.path.chmod(0o700)
        for folder in (home.path / "run", home.path / "log"):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
        return home

    @property
    def mark(self) -> str:
        """What tells this folder from a copy of it, whose files name the same processes."""
        info = self.path.stat()
        return f"{info.st_dev}:{info.st_ino}"

    @property
    def database(self) -> Path:
        return self.path / "clary.db"

    @property
    def objects(self) -> Path:
        return self.path / "objects"

    @property
    def identity(self) -> Path:
        """The root account as JSON: what `clary env` prints."""
        return self.path / "identity.json"

    @property
    def accounts(self) -> Path:
        """The folder of the keys of further accounts, which the command line makes: one file a name."""
        return self.path / "accounts"

    @property
    def location(self) -> Path:
        """The platform's partition and regions as JSON: what `clary env` chooses from."""
        return self.path / "location.json"

    @property
    def ca(self) -> Path:
        return self.path / "ca"

    @property
    def address(self) -> Path:
        """Where the gateway listens, as JSON, while it does."""
        return self.path / "run" / "address.json"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process at a time is in here: the workers of a new home make what there is one of."""
        handle = os.open(self.path / "run" / "founding.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def bell(self, who: str) -> str:
        """The datagram socket on which a process of ours is woken."""
        return str(self._socket_folder() / f"{who}.bell")

    def secret(self, name: str) -> bytes:
        """A random secret of 32 bytes, made on first use and kept."""
        path = self.path / f"{name}.key"
        if not path.exists():
            write_private(path, secrets.token_bytes(32), replace=False)
        return path.read_bytes()

    def _socket_folder(self) -> Path:
        folder = self.path / "run"
        if len(str(folder)) <= _LONGEST_SOCKET_PATH - len("/controllers.bell"):
            return folder
        digest = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        short = Path(tempfile.gettempdir()) / f"clary-{os.getuid()}-{digest}"
        private_folder(short)
        return short


def write_private(path: Path, content: bytes | str, *, replace: bool = True) -> None:
    """Write a file of mode 0600, whole or not at all, also when the power fails. Without `replace`, an existing
    file wins."""
    data = content.encode() if isinstance(content, str) else content
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(aside, path)
        else:
            with suppress(FileExistsError):
                os.link(aside, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(aside)


def read_json(path: Path) -> Any | None:
    """The JSON of a file, None when there is none or it is not whole."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
