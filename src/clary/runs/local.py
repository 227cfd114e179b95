"""Runs as processes of this machine. A folder below `home/runs` is the truth of a run; its supervisor is a child of none
of the platform's processes.

Knows where runs lie and when a supervisor is started. What a supervisor does is in clary_supervisor, what a program may
see in isolation.py, which run may start in capacity.py.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import signal
import time
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clary.kernel.clock import Clock, SystemClock
from clary.kernel.folders import private_folder
from clary.runs.api import Environment, Exit, Printed, RunSpec, RunState, Seen, Sent
from clary.runs.capacity import Capacity, Share, gpus_of_this_machine
from clary.runs.environments import Environments
from clary.runs.launcher import SupervisorLauncher
from clary.runs.trash import Trash
from clary_supervisor import limits, log, proc, safe_open, specification
from clary_supervisor.folder import (
    EXIT,
    SPEC,
    STATE,
    STOP,
    SUPERVISOR,
    below,
    get,
    get_json,
    put_json,
)

if TYPE_CHECKING:
    from clary.runs.images import Images
    from clary.runs.isolation import Method, Plan
    from clary.runs.volumes import Kind, Volumes

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")
_SOCKET_LIMIT = 85  # bytes of a folder's name, so that a socket's whole name stays below the kernel's 108
_RELAUNCH = 2.0  # seconds before a supervisor that is not there is started again


class LocalExecutor:
    """Processes on this machine. Thread-safe; any number of executors may share one home.

    `bell` is the path of a unix datagram socket that gets a run's id when its phase changes. `protect` are files and
    folders that no program may see, beside `home`. `patience` is how long (seconds) a run waits for the platform's S3
    when it is away; `sync_every` how often continuous outputs are looked at. `method` and `volumes` ask for one way of
    isolation and of keeping volumes, else the best that works is taken; RuntimeError if that one does not.
    CLARY_CAPACITY_VCPUS says how many vCPUs may run at once (default: four for each core).
    """

    def __init__(
        self,
        home: Path,
        *,
        bell: str | None = None,
        clock: Clock | None = None,
        protect: tuple[Path, ...] = (),
        method: Method | None = None,
        patience: float = 300.0,
        sync_every: float = 3.0,
        volumes: Kind | None = None,
    ) -> None:
        self._home = home.resolve()
        self._runs = self._home / "runs"
        self._runs.mkdir(mode=0o700, exist_ok=True)
        self._trash = Trash(self._home / "trash")
        self._bell = bell or ""
        self._clock = clock or SystemClock()
        self._patience = patience
        self._sync_every = sync_every
        self._protect = tuple(path.resolve() for path in protect)
        self._method: Method | None = method
        self._kind: Kind | None = volumes
        self._cores = len(os.sched_getaffinity(0))
        vcpus = float(os.environ.get("CLARY_CAPACITY_VCPUS") or 4 * self._cores)
        self._capacity = Capacity(self._home, self._clock, self._cores, vcpus, gpus_of_this_machine())
        self.launcher = SupervisorLauncher(self._home)
        self._environments = Environments()
        self._launched: dict[str, float] = {}
        if method or volumes:
            self.describe()

    @cached_property
    def _isolation(self) -> Plan:
        from clary.runs import isolation  # and with it ctypes: for a process that starts runs

        return isolation.survey(self._home, self._protect, self._method)

    @cached_property
    def _volumes(self) -> Volumes:
        from clary.runs import volumes

        return volumes.survey(self._home, self._kind)

    @cached_property
    def _images(self) -> Images:
        from clary.runs import images

        return images.survey(self._home, self._isolation)

    def describe(self) -> list[str]:
        """Return what isolation and limits hold on this machine, a line each. The first call finds it out, which
        starts programs and mounts a volume to try, unless a run was started before."""
        gpus = gpus_of_this_machine()
        return [
            *self._isolation.describe(),
            self._volumes.describe(),
            self._images.describe(),
            *limits.describe(),
            f"gpus: {len(gpus)}" if gpus else "gpus: none; GPU instance types run on the CPU",
        ]

    # the life of a run --------------------------------------------------------------------------------------------
    def start(self, run_id: str, spec: RunSpec) -> bool:
        """Idempotent: a second call with the same id starts nothing. False: no capacity now, ask again.

        Raise ValueError for a specification that makes no sense (a path out of /opt/ml, a wrong host name).
        """
        _check(run_id, spec)
        if self._known(run_id):
            return True
        with self._capacity.admission(run_id, spec) as share:
            if share is None:
                return False
            if not self._known(run_id):
                self._write(run_id, spec, share)
        self._launch(run_id)
        return True

    def _known(self, run_id: str) -> bool:
        return (self._runs / run_id / SPEC).exists()

    def _write(self, run_id: str, spec: RunSpec, share: Share) -> None:
        from clary.runs.environment import environment

        run = self._runs / run_id
        run.mkdir(mode=0o700, exist_ok=True)
        hosts = spec.hosts if spec.sockets else ()
        plan: dict[str, Any] = {
            "isolation": self._isolation.to_json() | self._environments.seen(spec.environment),
            "lasting": self._lasting(spec.lasting),
            "volumes": self._volumes.to_json(),
            "images": self._images.to_json() if spec.image else {},
            "environment": environment(),
            "bell": self._bell,
            "patience": self._patience,
            "sync_every": self._sync_every,
            "gpus": share.gpus,
            "sockets": {host.name: self._socket_folder(run_id, host.name, make=True) for host in hosts},
            "notes": [note for note in (*self._isolation.describe(), share.note) if note],
        }
        specification.write(str(run), asdict(spec), plan)

    def _lasting(self, name: str) -> str:
        """Return the folder of this name that outlives runs, made where it is not there; '' without a name."""
        if not name:
            return ""
        folder = self._home / "lasting" / name
        private_folder(folder.parent)
        private_folder(folder)
        return str(folder)

    def _launch(self, run_id: str) -> None:
        """Start a supervisor, detached from this process. The run folder's lock lets only one live."""
        now = time.monotonic()
        if now - self._launched.get(run_id, -_RELAUNCH) < _RELAUNCH:
            return
        self._launched[run_id] = now
        self.launcher.launch(self._runs / run_id)

    def inspect(self, run_id: str) -> RunState:
        """Return what is known of a run. Starts a new supervisor where the old one was killed."""
        run = self._runs / run_id
        if not _RUN_ID.fullmatch(run_id) or not (run / SPEC).exists():
            return RunState("absent")
        facts = get_json(str(run / EXIT))
        if facts is None:
            who = get(str(run / SUPERVISOR))
            if not proc.alive(who) and not (run / EXIT).exists():
                self._launch(run_id)
            facts = get_json(str(run / EXIT)) or get_json(str(run / STATE)) or {}
        else:
            self._launched.pop(run_id, None)
        return self._state(run_id, facts)

    def _state(self, run_id: str, facts: dict[str, Any]) -> RunState:
        hosts = self._hosts_with_sockets(run_id)
        return RunState(
            phase=facts.get("phase", "preparing"),
            exits=tuple(Exit(host, code) for host, code in facts.get("exits", [])),
            failure=facts.get("failure", ""),
            message=facts.get("message", ""),
            message_unreadable=facts.get("message_unreadable", False),
            reason=facts.get("reason", ""),
            detail=facts.get("detail", ""),
            steps=tuple((name, began) for name, began in facts.get("steps", [])),
            ended=facts.get("ended"),
            sockets={host: self._socket_folder(run_id, host) for host in hosts},
            notes=tuple(facts.get("notes", [])),
            inputs=tuple(Seen(**one) for one in facts.get("inputs", [])),
            outputs=tuple(Sent(**one) for one in facts.get("outputs", [])),
            environment=_environment(facts),
            image=facts.get("image", ""),
            in_image=facts.get("in_image", False),
        )

    def goes_on(self, run_id: str) -> bool:
        """Return whether a run was started and has not ended. Unlike `inspect` it starts no supervisor."""
        return (
            bool(_RUN_ID.fullmatch(run_id))
            and self._known(run_id)
            and not (self._runs / run_id / EXIT).exists()
        )

    def stop(self, run_id: str, grace: float | None = None) -> None:
        """TERM, then KILL after `grace` seconds (default: the specification's). Idempotent, returns at once."""
        run = self._runs / run_id
        if not _RUN_ID.fullmatch(run_id) or not (run / SPEC).exists() or (run / EXIT).exists():
            return
        put_json(str(run / STOP), {"grace": grace})
        who = get(str(run / SUPERVISOR))
        if not (who and proc.send(who, signal.SIGUSR1)):
            self._launch(run_id)

    def forget(self, run_id: str) -> None:
        """Remove every trace of an ended run. RuntimeError when it has not ended."""
        run = self._runs / run_id
        if not _RUN_ID.fullmatch(run_id) or not run.exists():
            return
        if (run / SPEC).exists() and not (run / EXIT).exists():
            raise RuntimeError(f"run {run_id} has not ended")
        for host in self._hosts_with_sockets(run_id):
            _remove_short_name(self._short_name(run_id, host))
        self._trash.throw(run)
        self._capacity.release(run_id)
        self._launched.pop(run_id, None)

    def runs(self) -> list[str]:
        """Return the ids of all runs that are remembered."""
        return sorted(path.name for path in self._runs.iterdir() if (path / SPEC).exists())

    # beside runs --------------------------------------------------------------------------------------------------
    def environment(self, name: str, *, make: bool = False) -> Environment:
        """Return how far an environment is. With `make`, one that is absent begins to be made; returns at once."""
        return self._environments.find(name, make=make)

    def lasting(self) -> list[str]:
        """Return the names of all lasting folders that there are."""
        folder = self._home / "lasting"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def discard(self, lasting: str) -> None:
        """Remove a lasting folder (RunSpec.lasting), if it is there. No run may use it any more."""
        folder = self._home / "lasting" / lasting
        if _RUN_ID.fullmatch(lasting) and folder.is_dir():
            self._trash.throw(folder)

    # what they wrote ----------------------------------------------------------------------------------------------
    def output(self, run_id: str, host: str, offset: int, limit: int = 1 << 20) -> Printed:
        """Return what a host's program wrote to stdout and stderr, from a byte offset on; empty at the end."""
        if not _RUN_ID.fullmatch(run_id) or not _HOST.fullmatch(host):
            return Printed(offset, b"")
        piece = log.read(str(self._runs / run_id / "hosts" / host), offset, limit)
        return Printed(piece.start, piece.data, piece.more)

    def file(self, run_id: str, host: str, path: str, offset: int = 0, limit: int = 1 << 20) -> bytes | None:
        """Part of a file below /opt/ml of a host, or None. Never follows a link out of it."""
        try:
            return self._read(run_id, host, f"ml/{below(path)}", offset, limit)
        except ValueError:
            return None

    def _read(self, run_id: str, host: str, path: str, offset: int, limit: int) -> bytes | None:
        if not _RUN_ID.fullmatch(run_id) or not _HOST.fullmatch(host):
            return None
        return safe_open.read(str(self._runs / run_id / "hosts" / host), path, limit, offset)

    # sockets ------------------------------------------------------------------------------------------------------
    def _hosts_with_sockets(self, run_id: str) -> list[str]:
        written = specification.read(str(self._runs / run_id))
        if not written or not written.spec.get("sockets"):
            return []
        return [host["name"] for host in written.spec["hosts"]]

    def _socket_folder(self, run_id: str, host: str, make: bool = False) -> str:
        """Return the folder of a host's sockets, by a name short enough for the kernel."""
        real = self._runs / run_id / "hosts" / host / "s"
        if len(os.fsencode(real)) <= _SOCKET_LIMIT:
            return str(real)
        short = self._short_name(run_id, host)
        if make:
            _make_short_name(short, real)
        return str(short)

    def _short_name(self, run_id: str, host: str) -> Path:
        mine = hashlib.sha256(os.fsencode(self._home)).hexdigest()[:12]
        return (
            Path(f"/tmp/clary-{os.geteuid()}-{mine}")
            / hashlib.sha256(f"{run_id}/{host}".encode()).hexdigest()[:20]
        )


def _make_short_name(short: Path, real: Path) -> None:
    """Another run's forgetting may take the empty folder away between the two steps: then both again."""
    while True:
        private_folder(short.parent)
        try:
            short.symlink_to(real)
            return
        except FileExistsError:
            return
        except FileNotFoundError:
            continue


def _remove_short_name(short: Path) -> None:
    with contextlib.suppress(OSError):
        short.unlink()
    with contextlib.suppress(OSError):  # others have names there
        short.parent.rmdir()


def _environment(facts: dict[str, Any]) -> dict[str, str]:
    """Return what programs could import; {} before it is noted, and for the runs of earlier versions."""
    noted = facts.get("environment")
    return {**noted, "installed": facts.get("installed", "")} if noted else {}


def _check(run_id: str, spec: RunSpec) -> None:
    if not _RUN_ID.fullmatch(run_id):
        raise ValueError(f"{run_id!r} is not a run id")
    if not (spec.command or spec.image) or not spec.hosts:
        raise ValueError("a run needs a command or an image, and a host")
    if spec.lasting and not _RUN_ID.fullmatch(spec.lasting):
        raise ValueError(f"{spec.lasting!r} is not the name of a lasting folder")
    for host in spec.hosts:
        if not _HOST.fullmatch(host.name):
            raise ValueError(f"{host.name!r} is not a host name")
    if len({host.name for host in spec.hosts}) < len(spec.hosts):
        raise ValueError("two hosts have the same name")
    files = [*spec.files, *(path for host in spec.hosts for path in host.files)]
    for path in (
        *files,
        *spec.folders,
        *spec.keep,
        *(i.path for i in spec.inputs),
        *(o.path for o in spec.outputs),
    ):
        below(path)
