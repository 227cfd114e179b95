"""The volumes of a run's hosts: /opt/ml and /tmp, and whatever keeps them at the size that was asked for.

Three ways, chosen by the executor for all its runs (runs/volumes.py): `project`, `loop`, `counted`. A supervisor that goes
on with the work of another finds what that one made.
"""

from __future__ import annotations

import os

from . import disk, loop, proc, project, safe_open
from .faults import Lost
from .folder import below, host_folder, ml_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .spare import Spare

# In hosts/<name>/, with the boot of the machine: a file system without a journal is good for one boot only.
_IMAGE = "volume-{}.img"
_MOUNT = "volume"
_KEPT_FILE = 1 << 20  # bytes of a file that is to outlive its volume

_NOTES = {
    "project": "volume: kept by a project quota of the file system",
    "loop": "volume: kept by a file system of its own",
    "counted": "volume: counted, not kept by the kernel",
}


class Volumes:
    """The volumes of one run. `plan` is Volumes.to_json of runs/volumes.py; without a size there is nothing to keep.
    `spare` is a volume of this size that may be used.
    """

    def __init__(
        self, run: str, spec: dict[str, Any], plan: dict[str, Any], spare: Spare | None = None
    ) -> None:
        self._run = run
        self._hosts = [host["name"] for host in spec["hosts"]]
        self._size = spec["resources"]["volume"]
        self._sockets = spec["sockets"]
        self._keep = spec["keep"]
        self._plan = plan
        # What a program in an image writes beside /opt/ml is on the volume as well.
        self._parts = ("ml", "tmp", *(("image",) if spec.get("image") else ()))
        self._spare = spare
        self.kind = plan.get("kind", "counted") if self._size else "counted"
        if self.kind == "loop" and self._size < loop.LEAST:
            self.kind = "counted"

    # opening ------------------------------------------------------------------------------------------------------
    def open(self, resumed: bool) -> str:
        """Have the folders of all hosts on their volumes; a note of how these are kept.

        What does not work now, though it did when the executor tried, leaves a new run counted. An old one
        keeps what it has: OSError. Raise Lost where that went with the machine.
        """
        for host in self._hosts:
            self._make_folders(host)
        if resumed and not self._was_kept():
            self._refuse_an_older_boot()
            self.kind = "counted"
        try:
            self._open()
        except OSError as error:
            if resumed:
                raise
            self._undo()
            self.kind = "counted"
            return f"{_NOTES['counted']} ({error})"
        return _NOTES[self.kind] if self._size else ""

    def _make_folders(self, host: str) -> None:
        folder = host_folder(self._run, host)
        os.makedirs(f"{folder}/s", mode=0o700, exist_ok=True)
        for name in self._parts:
            os.makedirs(f"{folder}/{name}", exist_ok=True)

    def _was_kept(self) -> bool:
        if self.kind == "loop":
            return all(os.path.exists(self._image(host)) for host in self._hosts)
        return self.kind == "project" and all(self._number(host) for host in self._hosts)

    def _refuse_an_older_boot(self) -> None:
        names = [name for host in self._hosts for name in os.listdir(host_folder(self._run, host))]
        if any(name.startswith(_IMAGE.partition("{")[0]) for name in names):
            raise Lost("the machine went down, and what the program wrote to its volume is not certain")

    def _open(self) -> None:
        if self.kind == "loop":
            loop.leave_the_machines_mounts()
        for host in self._hosts:
            if self.kind == "loop":
                self._mount(host)
            elif self.kind == "project" and not self._number(host):
                folder = host_folder(self._run, host)
                folders = [f"{folder}/{name}" for name in (*self._parts, "s")]
                project.limit(self._plan["device"], folders, self._size, disk.most_files(self._size))

    def _mount(self, host: str) -> None:
        folder = host_folder(self._run, host)
        os.makedirs(f"{folder}/{_MOUNT}", mode=0o700, exist_ok=True)
        self._put(self._image(host), f"{folder}/{_MOUNT}")
        for name in self._parts:
            os.makedirs(f"{folder}/{_MOUNT}/{name}", exist_ok=True)
            loop.bind(f"{folder}/{_MOUNT}/{name}", f"{folder}/{name}")

    def _put(self, image: str, target: str) -> None:
        spare, self._spare = self._spare, None
        if spare and not os.path.exists(image):
            spare.place(image, target)
            return
        if spare:
            spare.discard()
        loop.make(image, self._size, self._plan["mkfs"], self._plan["templates"])
        loop.mount(image, target)

    def _undo(self) -> None:
        """Unmount what was mounted so far and remove the images, before anything was written there."""
        for host in self._hosts:
            folder = host_folder(self._run, host)
            for name in (*self._parts, _MOUNT):
                loop.unbind(f"{folder}/{name}")
            safe_open.remove(folder, os.path.basename(self._image(host)))

    def _image(self, host: str) -> str:
        return f"{host_folder(self._run, host)}/{_IMAGE.format(proc.boot())}"

    def _number(self, host: str) -> int:
        try:
            return project.number_of(ml_folder(self._run, host))
        except OSError:
            return 0

    # while it is open ---------------------------------------------------------------------------------------------
    @property
    def largest_file(self) -> int:
        """What a file may grow to between two measurements; 0: the kernel keeps the volume, and files with holes may be
        of any size. What keeps the program writes a status under the same limit, so it is never very small."""
        return max(self._size, loop.LEAST) if self.kind == "counted" and self._size else 0

    def space(self, pids: Callable[[str], list[int]]) -> disk.Space:
        """Return what measures the volumes; `pids` says which processes a host has."""
        return disk.Space(self._run, [self._place(host, pids) for host in self._hosts], self._size)

    def _place(self, host: str, pids: Callable[[str], list[int]]) -> disk.Place:
        folder = host_folder(self._run, host)
        if self.kind == "counted":
            return disk.Place([folder], pids=lambda: pids(host))
        # The sockets lie beside the volume; what is open and has no name could only be among them. So does the log, which
        # has a bound of its own.
        open_there = (lambda: pids(host)) if self._sockets else list
        return disk.Place([f"{folder}/s"], f"{folder}/ml", open_there)

    # the end ------------------------------------------------------------------------------------------------------
    def settle(self) -> None:
        """Force what a program wrote to disk; raise OSError if it does not fit.

        An image is a sparse file, so on a full disk a write may have failed without an error to the program.
        """
        for host in self._hosts if self.kind == "loop" else []:
            folder = f"{host_folder(self._run, host)}/{_MOUNT}"
            if disk.free(self._run) < disk.used(folder) + disk.LEAST_FREE:
                loop.settle(folder)

    def keep(self) -> None:
        """Take the files that are read after the end out of their volume, to the same path beside it."""
        for host in self._hosts if self.kind == "loop" else []:
            root = ml_folder(self._run, host)
            kept = {path: safe_open.read(root, below(path), _KEPT_FILE) for path in self._keep}
            if any(kept.values()):
                loop.unbind(root)
                for path, content in kept.items():
                    _write(root, below(path), content or b"")

    def drop(self) -> None:
        """Nothing is read there any more. What is mounted ends with the last process that sees it."""
        for host in self._hosts:
            if self.kind == "project" and (number := self._number(host)):
                project.lift(self._plan["device"], number)
            if self.kind == "loop":
                safe_open.remove(host_folder(self._run, host), os.path.basename(self._image(host)))


def _write(root: str, path: str, content: bytes) -> None:
    fd = safe_open.open_file(root, path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, make=True)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
