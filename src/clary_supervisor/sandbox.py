"""The argument vector that runs a program with its own view of the machine, by each of three methods.

`bubblewrap`: an allow-list; nothing of the machine is visible but what is named here. `unshare`: its own mount and pid
namespaces with the platform's folders covered. `none`: no view of its own, only SAGEMAKER_BASE_DIR. Which method
holds on this machine is found out elsewhere (isolation.py); here it is only spelt.
"""

from __future__ import annotations

import copy
import os

from . import limits
from .faults import Ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .container import Container

PROGRAMS = "/opt/clary"  # where clary_programs is importable from inside
CA = "/opt/clary/ca.pem"
SOCKETS = "/run/clary"
LASTING = "/run/clary-lasting"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# How many generations below the claimed process the program is, and the process whose death ends all the others.
PROGRAM_DEPTH = {"bubblewrap": 2, "unshare": 3, "none": 1}
ROOT_DEPTH = {"bubblewrap": 1, "unshare": 3, "none": 1}

NETWORK_DEPTH = {"bubblewrap": 1, "unshare": 2, "none": 0}

# The keeper of a program where bubblewrap is not there to write its status. It survives TERM, so that it can.
KEEPER = 'trap : TERM INT HUP; "$@"; echo "{ \\"exit-code\\": $? }" >>"$0"'

KERNEL = (
    "/proc/sys",
    "/proc/sysrq-trigger",
    "/proc/irq",
    "/proc/bus",
    "/proc/fs",
    "/proc/acpi",
    "/proc/scsi",
)

# Variables with which a job could command the sandbox's own launchers, which run outside it and before it: those of the
# dynamic loader and the C library (ld.so(8), "Secure-execution mode") and those of shells. They come into force inside.
_LAUNCHERS = {
    *("GCONV_PATH", "GETCONF_DIR", "GLIBC_TUNABLES", "HOSTALIASES", "LOCALDOMAIN", "LOCPATH", "MALLOC_TRACE"),
    *("NIS_PATH", "NLSPATH", "RESOLV_HOST_CONF", "RES_OPTIONS", "TZDIR"),
    *("BASHOPTS", "BASH_ENV", "ENV", "IFS", "PATH", "PS4", "SHELLOPTS"),
}

_PAGE = 4096
NO_USER_NAMESPACES = ["--unshare-user", "--disable-userns"]
_FILTERED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "filtered.py")

# All that is mounted and not the job's own: disks beside that of /, /sys, control groups (whose files root could write,
# and so leave its own), what covers other folders. Not every kernel lets a user namespace do this.
_READ_ONLY = f"""while read -r _ _ _ _ at how _; do
case $at in /opt/ml|/opt/ml/*|/tmp|/tmp/*|{SOCKETS}|{LASTING}|/dev/shm|/dev/pts|/proc|/proc/*) continue;; esac
case $how in rw|rw,*) mount -o remount,bind,ro "$(printf %b "$at")" 2>/dev/null || :;; esac
done </proc/self/mountinfo"""

# The first process of a pid namespace is spared most signals, its own included; so the program is its child.
_INIT = 'trap : TERM INT HUP; "$@"; exit $?'


class View:
    """What one host's program sees. Paths outside; `plan` is the executor's choice of method (isolation.Plan)."""

    def __init__(
        self,
        plan: dict[str, Any],
        host: str,
        folder: str,
        *,
        sockets: str = "",
        lasting: str = "",
        ca_bundle: str = "",
        isolated: bool = False,
        joins: bool = False,
        gpus: tuple[int, ...] = (),
        memory: int = 0,
        shared_network: bool = False,
        container: Container | None = None,
        mounts: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.plan = plan
        self.host = host
        self.folder = folder
        self.hosts_file = f"{folder}/hosts"
        self.sockets = sockets
        self.lasting = lasting
        self.ca_bundle = ca_bundle
        self.isolated = isolated
        self.joins = joins
        self.gpus = gpus
        self.shared_network = shared_network
        self.container = container
        self.mounts = mounts
        self.shared_memory = (memory or limits.machine_memory()) // 2  # as the kernel sizes a tmpfs by itself

    def in_container(self, container: Container, folder: str) -> View:
        """Return the view of a program in an image beside this one, with a folder of its own."""
        made = copy.copy(self)
        made.container, made.folder, made.hosts_file, made.lasting = container, folder, f"{folder}/hosts", ""
        return made

    @property
    def filtered(self) -> bool:
        """Whether the program is without the system calls of seccomp.py."""
        return bool(self.plan.get("seccomp"))


def mounts_of(spec: dict[str, Any], plan: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what the programs of a run see beside their own files. Raise Ended where no sandbox can show it."""
    mounts = tuple((one["source"], one["path"]) for one in spec["mounts"])
    if mounts and plan["isolation"]["method"] != "bubblewrap":
        raise Ended(
            "start", "only bubblewrap can show a program these files, and it does not work on this machine"
        )
    return mounts


def inside(view: View, path: str) -> str:
    """Return the path at which the program finds what lies below the host's ml folder."""
    if view.plan["method"] == "none":
        return f"{view.folder}/ml/{path}".rstrip("/")
    return f"/opt/ml/{path}".rstrip("/")


def spoken(view: View, command: list[str]) -> list[str]:
    """Return the command as it leads to the same files: without a view of its own, /opt/ml is the folder that
    `inside` names."""
    if view.plan["method"] != "none":
        return command
    return [
        inside(view, word.removeprefix("/opt/ml/")) if word.startswith("/opt/ml/") else word
        for word in command
    ]


def vector(
    view: View, command: list[str], env: dict[str, str], status: int = -1, filtering: int | None = None
) -> tuple[list[str], dict[str, str]]:
    """Return the whole argument vector, and the environment to begin it with, which is not quite the
    program's `env`.

    `status` and `filtering` are inherited descriptors of the status file and of the filter of system calls
    (bubblewrap only; without a sandbox the process that becomes the program filters itself).
    """
    method = view.plan["method"]
    keeper = ["/bin/sh", "-c", KEEPER, f"{view.folder}/status"]
    if method == "none":
        return [*keeper, *command], env
    late = {name: value for name, value in env.items() if name in _LAUNCHERS or name.startswith("LD_")}
    early = {**{name: value for name, value in env.items() if name not in late}, "PATH": SYSTEM_PATH}
    if method == "unshare":
        words = [f"{name}={value}" for name, value in late.items()]
        return [*keeper, *_unshare(view, ["/usr/bin/env", *words, *command])], early
    words = [word for name, value in late.items() for word in ("--setenv", name, value)]
    words += ["--json-status-fd", str(status)]
    words += [] if filtering is None else ["--seccomp", str(filtering)]
    if view.container:
        return [*view.container.words(view), *words, "--", *view.container.command(command)], early
    return [*_bubblewrap(view), *words, "--", *command], early


def is_laid_out(method: str, parent: bytes) -> bool:
    """Return whether the process that is to have the program as its child, by its argument vector, is done
    with laying out its view. Until then its children are mount and the like, and a signal that is meant for
    the program would be lost."""
    return method != "unshare" or parent.split(b"\0")[2:3] == [_INIT.encode()]


def _bubblewrap(view: View) -> list[str]:
    words = [view.plan["bwrap"], "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", view.host]
    words += ["--cap-drop", "ALL"]
    if (
        view.plan.get("no_userns") and not view.shared_network
    ):  # a host that joins another's network needs one more
        words += NO_USER_NAMESPACES
    if view.isolated and not view.joins:
        words += ["--unshare-net"]
    words += _machine(view.plan)
    words += ["--bind", f"{view.folder}/tmp", "/tmp", "--symlink", "/tmp", "/var/tmp"]
    words += ["--dir", "/run", "--dir", "/root", "--dir", "/home", "--dir", "/mnt"]
    words += _interpreter(view.plan) + devices(view)
    words += [*tmpfs(view.plan, "/dev/shm", view.shared_memory, "1777"), "--remount-ro", "/dev"]
    words += ["--bind", f"{view.folder}/ml", "/opt/ml"]
    if os.path.exists("/etc/hosts"):
        words += ["--ro-bind", view.hosts_file, "/etc/hosts"]
    if view.sockets:
        words += ["--bind", view.sockets, SOCKETS]
    if view.lasting:
        words += ["--bind", view.lasting, LASTING]
    if view.ca_bundle:
        words += ["--ro-bind", view.ca_bundle, CA]
    for path in view.plan["hide_dirs"]:
        words += [*tmpfs(view.plan, path, _PAGE, "0755"), "--remount-ro", path]
    for path in view.plan["hide_files"]:
        words += ["--ro-bind", "/dev/null", path]
    for source, path in view.mounts:
        words += ["--ro-bind", source, path]
    return [*words, "--remount-ro", "/", "--chdir", "/opt/ml"]


def tmpfs(plan: dict[str, Any], path: str, size: int, mode: str) -> list[str]:
    """Return an empty folder in memory; of a limited size where this bubblewrap can have it so."""
    return [*(["--perms", mode, "--size", str(size)] if plan.get("sized") else []), "--tmpfs", path]


def _machine(plan: dict[str, Any]) -> list[str]:
    words = ["--ro-bind", "/usr", "/usr", "--ro-bind", "/etc", "/etc", "--proc", "/proc", "--dev", "/dev"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = f"/{name}"
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            words += ["--ro-bind", path, path]
    # Root without capabilities may still write what root owns, and here that is the kernel's own settings.
    for path in KERNEL:
        words += ["--ro-bind-try", path, path]
    # The count of processors is read from here; name resolution may be a link into /run.
    for path in ("/sys/devices/system", "/nix/store", *plan["extra"]):
        words += ["--ro-bind-try", path, path]
    return words


def _interpreter(plan: dict[str, Any]) -> list[str]:
    words: list[str] = []
    for path in plan["prefixes"]:
        words += ["--ro-bind", path, path]
    if plan["programs"]:
        words += ["--ro-bind", plan["programs"], f"{PROGRAMS}/clary_programs"]
    return words


def devices(view: View) -> list[str]:
    if not view.gpus:
        return []
    words = ["--ro-bind-try", "/sys", "/sys"]
    for name in _gpu_devices(view):
        words += ["--dev-bind-try", f"/dev/{name}", f"/dev/{name}"]
    return words


def _gpu_devices(view: View) -> list[str]:
    common = ["nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset"] if view.gpus else []
    return [*common, *(f"nvidia{number}" for number in view.gpus)]


def _unshare(view: View, command: list[str]) -> list[str]:
    """util-linux's unshare, then a shell inside that binds /opt/ml, covers what is not for jobs, and runs the program."""
    words = [view.plan["unshare"], "--mount", "--pid", "--fork", "--ipc", "--uts", "--mount-proc"]
    if view.isolated and not view.joins:
        words.append("--net")
    if not view.plan["root"]:
        words += ["--user", "--map-root-user"]
    filtered = [view.plan["python"], "-I", "-S", _FILTERED] if view.filtered else []
    return [*words, "/bin/sh", "-c", _script(view), "sh", *view.plan["drop"], *filtered, *command]


def _script(view: View) -> str:
    """Return bubblewrap's options: first what is bound, then what hides it, since the run's folder may lie
    below /tmp or a hidden folder."""
    lines = ["set -e", f"hostname {view.host}"]
    if os.path.exists("/etc/hosts"):
        lines.append(f"mount --bind {_quote(view.hosts_file)} /etc/hosts")
    lines += _opt_ml(view)
    lines += _private_tmp(view)
    lines += [
        f"! [ -e {_quote(path)} ] || mount -t tmpfs -o size=4k none {_quote(path)}"
        for path in view.plan["hide_dirs"]
    ]
    hidden = view.plan["hide_files"]
    lines += [f"! [ -e {_quote(path)} ] || mount --bind /dev/null {_quote(path)}" for path in hidden]
    if view.isolated and not view.joins:
        lines.append("ip link set lo up || ifconfig lo up")
    for path in KERNEL:
        lines.append(f"! [ -e {path} ] || {{ mount --bind {path} {path}; mount -o remount,bind,ro {path}; }}")
    lines += _own_dev(view)
    # Last, for what was bound before keeps its own flag.
    lines += [_READ_ONLY]
    # By exec, so that it can be seen from outside that all is laid out (see `is_laid_out`).
    return "\n".join([*lines, "cd /opt/ml", f'exec /bin/sh -c {_quote(_INIT)} sh "$@"'])


def _own_dev(view: View) -> list[str]:
    """Return the devices that a program needs, and no disks: what root owns, root may write without any
    capability."""
    names = " ".join(["null", "zero", "full", "random", "urandom", "tty", *_gpu_devices(view)])
    return [
        "mount --rbind /dev /mnt; mount -t tmpfs -o size=64k,mode=755 none /dev",
        f"for x in {names}; do [ -e /mnt/$x ] || continue; : >/dev/$x; mount --bind /mnt/$x /dev/$x; done",
        "umount -l /mnt; ln -s /proc/self/fd /dev/fd; mkdir /dev/pts /dev/shm",
        "for x in 0:stdin 1:stdout 2:stderr; do ln -s fd/${x%:*} /dev/${x#*:}; done",
        "mount -t devpts -o newinstance,ptmxmode=0666,mode=620 none /dev/pts 2>/dev/null || :",
        "ln -s pts/ptmx /dev/ptmx",
        f"mount -t tmpfs -o size={view.shared_memory},mode=1777 none /dev/shm",
    ]


def _private_tmp(view: View) -> list[str]:
    """Return a /tmp of its own. What the program needs and lies below the machine's /tmp is seen there,
    read-only."""
    needed = {
        path.split("/")[2]
        for path in (*view.plan["prefixes"], view.plan["programs"], _FILTERED)
        if path.startswith("/tmp/")
    }
    lines = []
    for name in sorted(needed):
        inside = _quote(f"{view.folder}/tmp/{name}")
        lines.append(f"mkdir -p {inside}; mount --rbind {_quote(f'/tmp/{name}')} {inside}")
        lines.append(f"mount -o remount,bind,ro {inside} 2>/dev/null || :")
    return [*lines, f"mount --rbind {_quote(view.folder)}/tmp /tmp"]


def _quote(text: str) -> str:
    """As one word of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def _opt_ml(view: View) -> list[str]:
    """/opt may not be ours to write: then a private /opt with the real one's entries, and ml beside them. What is
    bound is bound before the platform's home is covered."""
    lines = ["if ! [ -d /opt/ml ]; then mkdir -p /mnt; mount --rbind /opt /mnt; mount -t tmpfs none /opt"]
    lines += [
        'for x in /mnt/*; do [ -d "$x" ] || continue; y="/opt/${x##*/}"; mkdir "$y"; mount --rbind "$x" "$y"',
        'mount -o remount,bind,ro "$y" 2>/dev/null || :; done',
    ]
    lines += ["umount -l /mnt; mkdir /opt/ml; fi", f"mount --bind {_quote(view.folder)}/ml /opt/ml"]
    binds = [(source, at) for source, at in ((view.sockets, SOCKETS), (view.lasting, LASTING)) if source]
    if binds:
        lines += ["mount -t tmpfs none /run", f"mkdir -p {' '.join(at for _, at in binds)}"]
        lines += [f"mount --bind {_quote(source)} {target}" for source, target in binds]
    return lines
