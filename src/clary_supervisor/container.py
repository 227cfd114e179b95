"""The argument vector that runs a program in an image: bubblewrap with the image's own files in the place of the machine's.

The layers are the lower folders of an overlay, whose upper one lies on the host's volume; it is mounted by the process that
becomes the program, and ends with it. The image is not trusted: whatever is mounted into it gets a real folder or file
first, since a link in its place could lead to the machine's own files while bubblewrap lays out the view.
"""

from __future__ import annotations

import contextlib
import os
import stat

from . import image_config, image_program, libc, safe_open, sandbox
from .faults import Ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .image import Image

# What Docker gives to a container's root, but for making devices, raw sockets, the audit log and file capabilities.
_CAPABILITIES = (
    *("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID"),
    *("CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT"),
)
_ALL_IDS = "0 0 4294967295"
_FOLDERS = ("proc", "dev", "sys/devices/system", "etc", "opt/ml")
_FILES = ("etc/hosts", "etc/resolv.conf", "etc/hostname")
_HELPER = "opt/clary/user"  # where the machine's setpriv and its libraries are seen, for an image with a USER
# Where NVIDIA's own images look for the driver: it is in their PATH and LD_LIBRARY_PATH.
_DRIVER = "usr/local/nvidia"
_MASKED = ("/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug")


class Container:
    """The program's side of one host's image. `folder` is the host's, `plan` runs/images.py's."""

    def __init__(self, image: Image, folder: str, plan: dict[str, Any]) -> None:
        self.image = image
        self.root = f"{folder}/root"
        self._upper = f"{folder}/image"
        self._plan = plan
        self.user = image_config.User()
        self._namespace = -1

    # in the process that becomes the program --------------------------------------------------------------------------
    def enter(self, view: sandbox.View) -> None:
        """Mount the image for this process and what it becomes, and have places for what is mounted into it. Raise Ended (start)."""
        libc.unshare(libc.CLONE_NEWNS)
        libc.mount("", "/", flags=libc.MS_REC | libc.MS_SLAVE)
        self._mount()
        try:
            self._make_places(view)
        except OSError as error:
            raise Ended("start", f"the image has no room for what is mounted into it: {error}") from None
        self.user = image_config.user(self.image.config, self.root)
        if self.user.uid and not self._plan["setpriv"]:
            raise Ended("start", "an image with a USER needs setpriv (util-linux) on this machine")
        if self.user.uid:
            _give(f"{view.folder}/ml", self.user)
        if self._plan["userns"]:
            self._namespace = user_namespace()
        os.setgroups([])

    def _mount(self) -> None:
        """Mount the overlay. Folders are named by descriptors, for a path may hold what mount(2) reads as a separator."""
        os.makedirs(self.root, mode=0o755, exist_ok=True)
        for name in ("upper", "work"):
            os.makedirs(f"{self._upper}/{name}", mode=0o755, exist_ok=True)
        upper = os.open(f"{self._upper}/upper", os.O_PATH)
        work = os.open(f"{self._upper}/work", os.O_PATH)
        os.chdir(self.image.folder)
        lower = ":".join(self.image.layers or ["empty"])
        options = f"lowerdir={lower},upperdir=/proc/self/fd/{upper},workdir=/proc/self/fd/{work}"
        libc.mount("overlay", self.root, "overlay", libc.MS_NODEV | libc.MS_NOSUID, options)
        os.chdir("/")
        os.close(upper)
        os.close(work)

    def _make_places(self, view: sandbox.View) -> None:
        for folder in _FOLDERS:
            os.close(safe_open.open_folder(self.root, folder, make=True))
        for path in [
            *_FILES,
            *self._helper_files(),
            *(path for path, _ in self._driver(view)),
            *([sandbox.CA[1:]] if view.ca_bundle else []),
        ]:
            _make_file(self.root, path)
        with contextlib.suppress(
            OSError
        ):  # behind a link of the image: then it is there, or the program is refused
            os.close(
                safe_open.open_folder(self.root, image_config.working_folder(self.image.config), make=True)
            )
        _write(self.root, "etc/hostname", f"{view.host}\n")

    def _driver(self, view: sandbox.View) -> list[tuple[str, str]]:
        """Return the files of the GPUs' driver: the place in the image, and the machine's own path."""
        files = self._plan.get("drivers") or [] if view.gpus else []
        return [(f"{_DRIVER}/{place}", path) for place, path in files]

    def driver_variables(self, view: sandbox.View, own: dict[str, str]) -> dict[str, str]:
        """Return what an image's programs and their loader find the driver by, after what the image itself says."""
        if not self._driver(view):
            return {}
        pairs = (("PATH", "bin"), ("LD_LIBRARY_PATH", "lib64"))
        return {name: _after(own.get(name, ""), f"/{_DRIVER}/{folder}") for name, folder in pairs}

    def _helper_files(self) -> list[str]:
        return [f"{_HELPER}/{os.path.basename(path)}" for path in self._plan["setpriv"]]

    # the vector ---------------------------------------------------------------------------------------------------------
    def words(self, view: sandbox.View) -> list[str]:
        """Return bubblewrap's words for this image, without the program."""
        words = [
            view.plan["bwrap"],
            "--unshare-pid",
            "--unshare-ipc",
            "--unshare-uts",
            "--hostname",
            view.host,
        ]
        if self._namespace >= 0:
            os.set_inheritable(self._namespace, True)
            words += ["--userns", str(self._namespace)]
        words += ["--unshare-net"] if view.isolated and not view.joins and not view.sockets else []
        words += ["--cap-drop", "ALL", *(word for name in _CAPABILITIES for word in ("--cap-add", name))]
        words += ["--bind", self.root, "/", "--proc", "/proc", "--dev", "/dev"]
        for path in (*sandbox.KERNEL, "/sys/devices/system"):
            words += ["--ro-bind-try", path, path]
        words += [
            word for path in _MASKED if os.path.exists(path) for word in ("--ro-bind", "/dev/null", path)
        ]
        words += sandbox.devices(view)
        for place, path in self._driver(view):
            words += ["--ro-bind-try", path, f"/{place}"]
        words += [*sandbox.tmpfs(view.plan, "/dev/shm", view.shared_memory, "1777"), "--remount-ro", "/dev"]
        words += ["--bind", f"{view.folder}/ml", "/opt/ml", *self._texts(view)]
        return [*words, "--chdir", image_config.working_folder(self.image.config)]

    def _texts(self, view: sandbox.View) -> list[str]:
        words = ["--ro-bind", view.hosts_file, "/etc/hosts"]
        words += ["--ro-bind-try", os.path.realpath("/etc/resolv.conf"), "/etc/resolv.conf"]
        words += ["--ro-bind", view.ca_bundle, sandbox.CA] if view.ca_bundle else []
        for path in self._plan["setpriv"] if self.user.uid else []:
            words += ["--ro-bind", path, f"/{_HELPER}/{os.path.basename(path)}"]
        return words

    def command(self, words: list[str]) -> list[str]:
        """Return the command as the image's user runs it: root directly, any other by setpriv, which the machine's own loader starts
        whatever C library the image has."""
        if not self.user.uid:
            return words
        loader, setpriv = (f"/{_HELPER}/{os.path.basename(path)}" for path in self._plan["setpriv"][:2])
        groups = ",".join(map(str, self.user.groups))
        change = ["--reuid", str(self.user.uid), "--regid", str(self.user.gid)]
        change += [f"--groups={groups}"] if groups else ["--clear-groups"]
        change += ["--inh-caps=-all", "--bounding-set=-all"]
        return [loader, "--library-path", f"/{_HELPER}", setpriv, *change, "--", *words]

    def own_command(self, wanted: dict[str, Any]) -> list[str]:
        """Return the command of the image with what the run asks for. Raise Ended (start)."""
        return image_config.command(self.image.config, wanted["entrypoint"], wanted["arguments"])

    def refuse_what_is_missing(self, name: str, path: str) -> None:
        """Raise Ended (start) for a program that the image does not have or that no kernel runs, in the words of container engines."""
        here = "" if name.startswith("/") else image_config.working_folder(self.image.config)
        places = [here] if "/" in name else [folder for folder in path.split(":") if folder]
        found = next((at for place in places if (at := image_program.find(self.root, f"{place}/{name}"))), "")
        if not found:
            raise Ended("start", f"exec: {name!r}: executable file not found in $PATH")
        if not image_program.is_one(self.root, found):
            raise Ended("start", f"exec {name!r}: exec format error")


def _after(paths: str, last: str) -> str:
    return ":".join(dict.fromkeys([*filter(None, paths.split(":")), last]))


def user_namespace() -> int:
    """Return a user namespace with all users under their own numbers, so that what the program may do as root ends at
    its sandbox."""
    hears, tells = os.pipe2(os.O_CLOEXEC)
    waits, ends = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        os.close(ends)
        _wait_in_a_user_namespace(tells, waits)
    os.close(tells)
    try:
        os.read(hears, 1)
        for kind in ("uid_map", "gid_map"):
            with open(f"/proc/{child}/{kind}", "w", encoding="ascii") as file:
                file.write(_ALL_IDS)
        return os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        for fd in (hears, waits, ends):
            os.close(fd)
        os.waitpid(child, 0)


def _wait_in_a_user_namespace(tells: int, waits: int) -> None:
    """In a child. Never returns."""
    try:
        libc.unshare(libc.CLONE_NEWUSER)
        os.write(tells, b"\n")
        os.read(waits, 1)
    finally:
        os._exit(0)


def _give(folder: str, user: image_config.User) -> None:
    """Give the folders below a folder to a user, who is to write there. What lies in them keeps its owner."""
    os.chown(folder, user.uid, user.gid)
    for at, names, _ in os.walk(folder):
        for name in names:
            os.chown(f"{at}/{name}", user.uid, user.gid, follow_symlinks=False)


def _make_file(root: str, path: str) -> None:
    """Have a regular file at this path. A link or anything else is replaced, in this run's copy alone."""
    folder, _, name = path.rpartition("/")
    at = safe_open.open_folder(root, folder, make=True)
    try:
        if not _is_regular(at, name):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=at)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            os.close(os.open(name, flags, 0o644, dir_fd=at))
    finally:
        os.close(at)


def _is_regular(at: int, name: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _write(root: str, path: str, text: str) -> None:
    fd = safe_open.open_file(root, path, os.O_WRONLY | os.O_TRUNC)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
