"""The platform's folder: the paths in it, created private on first use."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clary.kernel.folders import private_folder
from clary.kernel.sealed_files import bound_to, enclosed, secret_in, text_of
from clary.kernel.sealing import SealingKey

# A Unix socket's path must fit into 108 bytes (unix(7)); deep homes get a short folder elsewhere.
_LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below the home. Nothing in it is readable by others."""

    path: Path

    @classmethod
    def at(cls, path: str | Path) -> Home:
        """Return the home at a path; create the folder if it does not exist."""
        whole = Path(path).expanduser().resolve()
        whole.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls.found(whole)

    @classmethod
    def found(cls, path: str | Path) -> Home:
        """Return the home at a path, which must exist: no process may recreate a home that was deleted or
        moved.

        Raise FileNotFoundError.
        """
        home = cls(Path(path).expanduser().resolve())
        home.path.chmod(0o700)
        for folder in (home.path / "run", home.path / "log"):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
        return home

    @property
    def mark(self) -> str:
        """Identifies this folder, so that a copied home does not adopt the original's processes."""
        info = self.path.stat()
        return f"{info.st_dev}:{info.st_ino}"

    @property
    def database(self) -> Path:
        return self.path / "clary.db"

    @property
    def records(self) -> Path:
        """Queues and logs of records, from their first use."""
        return self.path / "records.db"

    @property
    def sealing_key(self) -> Path:
        """The sealing key under which secrets in the store are sealed. Its name keeps it out of backups."""
        return self.path / "sealing-key"

    @property
    def next_sealing_key(self) -> Path:
        """The key that is replacing it, while a rotation goes on."""
        return self.path / "sealing-key.next"

    @property
    def objects(self) -> Path:
        return self.path / "objects"

    @property
    def identity(self) -> Path:
        """The root account as JSON, which `clary env` prints."""
        return self.path / "identity.json"

    @property
    def accounts(self) -> Path:
        """The folder for the keys of further accounts, which the command line creates: one file per name."""
        return self.path / "accounts"

    @property
    def location(self) -> Path:
        """The platform's partition and regions as JSON, which `clary env` reads."""
        return self.path / "location.json"

    @property
    def ca(self) -> Path:
        return self.path / "ca"

    @property
    def address(self) -> Path:
        """The address of the gateway as JSON, while it listens."""
        return self.path / "run" / "address.json"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one process at a time in here: the workers of a new home create what exists once."""
        handle = os.open(self.path / "run" / "founding.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def bell(self, who: str) -> str:
        """Return the path of the datagram socket that wakes a process."""
        return str(self._socket_folder() / f"{who}.bell")

    def secret(self, name: str, sealer: SealingKey) -> bytes:
        """Return a random secret of 32 bytes, created on first use and sealed in its file."""
        path = self.path / f"{name}.key"
        if not path.exists():
            envelopes = enclosed(sealer, secrets.token_bytes(32), bound_to(path.name))
            write_private(path, text_of(envelopes), replace=False)
        return secret_in(sealer, path.read_bytes(), path.name)

    def _socket_folder(self) -> Path:
        folder = self.path / "run"
        if len(str(folder)) <= _LONGEST_SOCKET_PATH - len("/controllers.bell"):
            return folder
        digest = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        import tempfile  # and with it, archives of all kinds

        short = Path(tempfile.gettempdir()) / f"clary-{os.getuid()}-{digest}"
        private_folder(short)
        return short


def write_private(path: Path, content: bytes | str, *, replace: bool = True) -> None:
    """Write a file of mode 0600 atomically, even in a power failure. Without `replace`, an existing file
    stays."""
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
    """Return the JSON in a file; None if it does not exist or is incomplete."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
