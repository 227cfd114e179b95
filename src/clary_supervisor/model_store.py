"""The models of a multi-model container on its volume: fetched from S3 when they are asked for, each in a folder of its own.

`models/NAME/model` below /opt/ml is a whole model, since it is unpacked aside and gets its name last. Knows no container.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading

from . import disk, limits, safe_open, unpack
from .credentials import Credentials
from .folder import ml_folder
from .s3 import S3, Away, Cancelled, Refusal, split
from .watch import stop_wished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FOLDER = "models"  # below /opt/ml
_PATIENCE = 60.0  # seconds that a platform is waited for which is away
_SHARE = 0.9  # of the volume, which holds more than models


class NotFetched(Exception):
    """There is no such model, or it may not be read, or it is no archive. Says so in AWS's words."""


class NoRoom(Exception):
    """The model does not fit beside the others."""


class ModelStore:
    """The models below one prefix. Thread-safe for different names."""

    def __init__(self, run: str, host: str, spec: dict[str, Any]) -> None:
        self._ml = ml_folder(run, host)
        self._prefix = spec["image"]["models"]
        self._volume = spec["resources"]["volume"]
        credentials = Credentials(spec["credentials_uri"], spec["credentials_token"])
        self._s3 = S3(spec["endpoint"], spec["region"], credentials, _PATIENCE, lambda: stop_wished(run))

    def fetch(self, name: str, target: str) -> None:
        """Have the model of an archive below the prefix. Raise NotFetched, NoRoom, OSError."""
        if self.has(name):
            return
        bucket, start = split(self._prefix)
        key = f"{start.rstrip('/')}/{target}" if start.strip("/") else target
        where = f"(bucket: {bucket}, key: {key})"
        try:
            with _MODEST:
                self._s3.get(bucket, key, lambda pieces: self._unpack(name, pieces))
        except unpack.TooLarge as error:
            raise NoRoom(str(error)) from None
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise NoRoom("no space left on device") from None
        except unpack.Unsafe:
            raise NotFetched(
                f"Failed to extract model data archive{where}. Please ensure that the object located at the URL is a valid "
                "tar.gz archive."
            ) from None
        except (Refusal, Away, Cancelled):
            raise NotFetched(
                f"Failed to download model data{where}. Please ensure that there is an object located at the URL and that "
                "the role passed to CreateModel has permissions to download the model."
            ) from None
        finally:
            if not self.has(name):
                self.remove(name)

    def _unpack(self, name: str, pieces: Any) -> None:
        folder = f"{FOLDER}/{name}"
        safe_open.remove(self._ml, f"{folder}/part")
        unpack.unpack(unpack.Stream(pieces), self._ml, f"{folder}/part", self._room())
        at = safe_open.open_folder(self._ml, folder)
        try:
            os.rename("part", "model", src_dir_fd=at, dst_dir_fd=at)
        finally:
            os.close(at)

    def has(self, name: str) -> bool:
        """Return whether a model is here, whole."""
        try:
            os.close(safe_open.open_folder(self._ml, f"{FOLDER}/{name}/model"))
        except OSError:
            return False
        return True

    def remove(self, name: str) -> None:
        """Remove a model's files."""
        safe_open.remove(self._ml, f"{FOLDER}/{name}")

    def names(self) -> list[str]:
        """Return the names of the models that are here."""
        at = safe_open.folder_if_there(self._ml, FOLDER)
        if at is None:
            return []
        try:
            return [name for name in os.listdir(at) if self.has(name)]
        finally:
            os.close(at)

    def _room(self) -> int:
        """Return how many bytes one more model may have."""
        free = int(disk.free(self._ml) * _SHARE)
        if not self._volume:
            return free
        return max(0, min(free, int(self._volume * _SHARE) - _size(f"{self._ml}/{FOLDER}")))


class _Modest:
    """While any thread unpacks an archive, whose headers are read whole, this process may map little."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._limit = limits.ModestMemory()

    def __enter__(self) -> None:
        with self._lock:
            self._count += 1
            if self._count == 1:
                self._limit.__enter__()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._count -= 1
            if not self._count:
                self._limit.__exit__()


_MODEST = _Modest()


def _size(folder: str) -> int:
    """Return the bytes of the disk that a folder takes. Follows no link."""
    total = 0
    with contextlib.suppress(FileNotFoundError):
        for _, _, names, at in os.fwalk(folder, follow_symlinks=False):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    total += os.stat(name, dir_fd=at, follow_symlinks=False).st_blocks * 512
    return total
