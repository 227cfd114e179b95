"""What this machine can keep a job from: found out by trying, once, and told to `clary doctor` and to each run.

Knows how to try and what to hide; how a method is spelt is in clary_supervisor/sandbox.py.
"""

from __future__ import annotations

import importlib.util
import os
import stat
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from clary.runs.programs import which
from clary_supervisor import libc, sandbox, seccomp

Method = Literal["bubblewrap", "unshare", "none"]

_PATIENCE = 60.0  # seconds for a trial; a busy machine must not pass for one that cannot keep jobs apart
_TRY_BWRAP = ("--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev", "--cap-drop", "ALL")
# What bubblewrap is to do besides: filter system calls, switch off user namespaces.
_COMBINATIONS = ((True, True), (True, False), (False, True), (False, False))
_LINKS = tuple(name for name in ("bin", "lib", "lib64") if os.path.islink(f"/{name}"))


@dataclass(frozen=True, slots=True)
class Plan:
    """How programs are kept apart here. Paths are of the machine.

    `prefixes` are the interpreter's folders, `programs` that of clary_programs, `hide_*` what would else be visible and
    must not be, `extra` what must be visible besides the system, `drop` the words that give up capabilities. `seccomp`:
    system calls are filtered; `no_userns`: bubblewrap switches user namespaces off inside; `sized`: it limits a tmpfs;
    `landlock`: abstract sockets of the machine are out of reach.
    """

    method: Method
    root: bool
    python: str
    prefixes: tuple[str, ...]
    programs: str
    bwrap: str = ""
    unshare: str = ""
    drop: tuple[str, ...] = ()
    hide_dirs: tuple[str, ...] = ()
    hide_files: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    seccomp: bool = False
    no_userns: bool = False
    sized: bool = False
    landlock: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def describe(self) -> list[str]:
        """Return one line for each promise: what holds, and what does not."""
        own = (self._of_system_calls(), self._of_user_namespaces(), self._of_sockets())
        return [*_WORDS[self.method], *own]

    def _of_system_calls(self) -> str:
        if self.seccomp:
            return "seccomp: keyrings, BPF, io_uring, mounts and unusual sockets are closed to jobs"
        return "seccomp: not filtered; a kernel with CONFIG_SECCOMP_FILTER on x86_64 or aarch64 can"

    def _of_user_namespaces(self) -> str:
        if self.seccomp or self.no_userns:
            means = ["seccomp"] * self.seccomp + ["bubblewrap --disable-userns"] * self.no_userns
            return f"user namespaces: disabled inside jobs (by {' and '.join(means)})"
        return "user namespaces: not disabled inside jobs; sysctl user.max_user_namespaces=0 does it for the machine"

    def _of_sockets(self) -> str:
        if self.landlock:
            return "abstract sockets: those of the machine are out of reach (Landlock)"
        return (
            "abstract sockets: those of the machine are not out of reach; Linux 6.12 with Landlock can do it"
        )


_WORDS: dict[Method, list[str]] = {
    "bubblewrap": [
        "isolation: bubblewrap; a job sees the system read-only, its own /opt/ml and /tmp, and nothing else",
        "processes: own pid, ipc and uts namespaces, no capabilities, no new privileges",
        "network isolation: own network namespace",
    ],
    "unshare": [
        "isolation: unshare; own /opt/ml, /tmp and processes; the platform's folders are hidden, other files are not",
        "network isolation: own network namespace",
    ],
    "none": [
        "isolation: none (neither bubblewrap nor namespaces work here); SAGEMAKER_BASE_DIR stands for /opt/ml, "
        "and jobs run with all rights of the platform's user",
        "network isolation: a job is given no endpoint and no credentials, but the network is not cut",
    ],
}


def survey(home: Path, protect: tuple[Path, ...] = (), method: Method | None = None) -> Plan:
    """Return the best plan that works here, or the requested one. Raise RuntimeError if that one does not
    work."""
    wanted: tuple[Method, ...] = (method,) if method else ("bubblewrap", "unshare", "none")
    for candidate in wanted:
        plan = _TRY[candidate](home, protect)
        if plan:
            return plan
    raise RuntimeError(f"isolation by {method} does not work on this machine")


def _bubblewrap(home: Path, protect: tuple[Path, ...]) -> Plan | None:
    bwrap = which("bwrap")
    known = _options(bwrap) if bwrap else ""
    can_disable = os.geteuid() != 0 and "--disable-userns" in known
    for filtered, disabled in _COMBINATIONS:
        if filtered <= _can_filter() and disabled <= can_disable and _bwrap_works(bwrap, filtered, disabled):
            break
    else:
        return None
    seen = [Path("/usr"), Path("/etc"), *map(Path, _prefixes())]
    ours = [path for path in (home, *protect) if path.exists() and any(path.is_relative_to(s) for s in seen)]
    plan = _plan("bubblewrap", bwrap=bwrap or "", hide=[*ours, *_private(Path("/etc"))], extra=_resolver())
    # Landlock takes new privileges away first, and a bubblewrap that is setuid needs them.
    scoped = plan.landlock and (plan.root or not os.stat(plan.bwrap).st_mode & stat.S_ISUID)
    sized = "--size BYTES" in known
    return replace(plan, seccomp=filtered, no_userns=disabled, sized=sized, landlock=scoped)


def _bwrap_works(bwrap: str | None, filtered: bool, disabled: bool) -> bool:
    if not bwrap:
        return False
    links = [word for name in _LINKS for word in ("--symlink", os.readlink(f"/{name}"), f"/{name}")]
    words = [bwrap, *_TRY_BWRAP, *links, "--unshare-pid", "--unshare-net"]
    words += sandbox.NO_USER_NAMESPACES if disabled else []
    if not filtered:
        return _works([*words, "/bin/true"])
    fd = seccomp.as_file()
    try:
        return _works([*words, "--seccomp", str(fd), "/bin/true"], fd)
    finally:
        os.close(fd)


def _options(bwrap: str) -> str:
    """Return what this bubblewrap says that it can do."""
    try:
        done = subprocess.run([bwrap, "--help"], capture_output=True, text=True, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr


def _can_filter() -> bool:
    return bool(seccomp.program()) and seccomp.is_known_to_kernel()


def _unshare(home: Path, protect: tuple[Path, ...]) -> Plan | None:
    unshare = which("unshare")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    probe = [
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "--ipc",
        "--uts",
        "/bin/sh",
        "-c",
        "mount -t tmpfs none /mnt",
    ]
    if not unshare or not _works([unshare, *user, *probe]):
        return None
    setpriv = which("setpriv")
    drop = (setpriv, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all") if setpriv else ()
    there = [path for path in (home, *protect) if path.exists()]
    return _plan(
        "unshare", unshare=unshare, hide=there, drop=drop if setpriv and _works([*drop, "/bin/true"]) else ()
    )


def _none(home: Path, protect: tuple[Path, ...]) -> Plan:
    return _plan("none")


_TRY = {"bubblewrap": _bubblewrap, "unshare": _unshare, "none": _none}


def _plan(
    method: Method,
    bwrap: str = "",
    unshare: str = "",
    drop: tuple[str, ...] = (),
    hide: list[Path] | None = None,
    extra: tuple[str, ...] = (),
) -> Plan:
    hide = hide or []
    return Plan(
        method,
        root=os.geteuid() == 0,
        python=sys.executable,
        prefixes=_prefixes(),
        programs=_programs(),
        bwrap=bwrap,
        unshare=unshare,
        drop=drop,
        hide_dirs=tuple(str(path) for path in hide if path.is_dir()),
        hide_files=tuple(str(path) for path in hide if not path.is_dir()),
        extra=extra,
        seccomp=_can_filter(),
        landlock=libc.can_scope_sockets(),
    )


def _works(words: list[str], *keep: int) -> bool:
    try:
        return (
            subprocess.run(
                words, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE, pass_fds=keep
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _prefixes() -> tuple[str, ...]:
    """Return the folders that the interpreter needs and that are not of the system already."""
    found = dict.fromkeys(
        os.path.realpath(path) for path in (sys.base_prefix, sys.base_exec_prefix, sys.prefix)
    )
    found[sys.prefix] = None  # scripts in its bin name it as it is spelt
    return tuple(path for path in found if not Path(path).is_relative_to("/usr"))


def _programs() -> str:
    """Return the folder of clary_programs itself, found and not imported; only it is exposed, not what lies
    beside it."""
    spec = importlib.util.find_spec("clary_programs")
    places = list(spec.submodule_search_locations or []) if spec else []
    return os.path.realpath(places[0]) if places else ""


def _resolver() -> tuple[str, ...]:
    """/etc/resolv.conf is a link into /run on many systems, and /run is not exposed."""
    real = os.path.realpath("/etc/resolv.conf")
    return (real,) if real.startswith("/run/") and os.path.exists(real) else ()


def _private(root: Path) -> list[Path]:
    """Return what an ordinary user of the machine cannot read below a folder, a job cannot either (shadow,
    host keys, sudoers)."""
    hidden: list[Path] = []
    for folder, folders, files in os.walk(root):
        at = Path(folder)
        closed = [name for name in folders if _mode(at / name) & 0o005 != 0o005]
        hidden += [at / name for name in closed if not (at / name).is_symlink()]
        folders[:] = [name for name in folders if name not in closed]
        hidden += [at / name for name in files if _closed_file(at / name)]
    return hidden


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def _closed_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and not _mode(path) & 0o004
