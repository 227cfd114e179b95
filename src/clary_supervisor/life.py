"""The life of a run, from its specification to exit.json. Every line of it may be the last one before a kill -9, and
a later supervisor begins at the first line again: so each step looks first whether it has been done.

prepare (folders, downloads) -> start each host once -> watch -> deliver outputs -> exit.json
"""

from __future__ import annotations

import errno
import fcntl
import os
import time

from . import exit_texts, layout, limits, proc, sandbox, specification, witness
from .account import Closing
from .faults import Ended, Lost
from .folder import CLAIM, EXIT, LOCK, SUPERVISOR, host_folder, put
from .program import Program
from .state import Ledger
from .volume import Volumes
from .watch import Wakeup, Watch, refuse_if_stopped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from . import disk
    from .in_image import InImage
    from .spare import Spare

_LOCK_PATIENCE = 1.0  # seconds that a new supervisor waits for an old one to vanish


def supervise(run: str, spare: Spare | None = None) -> None:
    """Be the supervisor of this run, unless there is one or it has ended. `spare` is a volume that may be used."""
    lock = os.open(f"{run}/{LOCK}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _lock(lock) or os.path.exists(f"{run}/{EXIT}"):
        return
    put(f"{run}/{SUPERVISOR}", proc.identity(os.getpid()) or "")
    wakeup = Wakeup()
    written = specification.read(run)
    if written is None:
        raise FileNotFoundError(f"{run} has no specification")
    if written.obstacle:
        _refuse(run, written)
    else:
        Life(run, written.spec, written.plan, wakeup, spare).live()


def _refuse(run: str, written: specification.Specification) -> None:
    """End a run that this version cannot carry out: it would be started again for ever."""
    ledger = Ledger(run, written.plan.get("bell", ""))
    ledger.facts |= {"reason": "", "detail": written.obstacle}
    ledger.close("lost")


def _trace() -> str:
    import traceback

    return traceback.format_exc(limit=-3)


def _lock(fd: int) -> bool:
    end = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)


class Life:
    """One run. `spec` is RunSpec as JSON, `plan` the executor's choices (isolation, bell, devices, patience)."""

    def __init__(
        self,
        run: str,
        spec: dict[str, Any],
        plan: dict[str, Any],
        wakeup: Wakeup,
        spare: Spare | None = None,
    ) -> None:
        self.run = run
        self.spec = spec
        self.plan = plan
        self._wakeup = wakeup
        self._ledger = Ledger(run, plan["bell"])
        self._programs: list[Program] = []
        self._servers: list[Program] = []  # in an image, beside programs of the platform's own
        self._groups: dict[str, limits.Group] = {}  # host -> control groups
        self._kills: dict[str, int] = {}
        self._beside: Any = None
        self._volumes = Volumes(run, spec, plan["volumes"], spare)
        self._closing = Closing(run, spec["resources"]["volume"])

    # the whole ----------------------------------------------------------------------------------------------------
    def live(self) -> None:
        phase = "exited"
        try:
            self._live()
        except Ended as end:
            self._blame(end.reason, end.detail)
        except Lost as loss:
            phase = "lost"
            self._blame("", str(loss))
        except Exception as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                self._blame("disk", "no space left on the machine's disk")
            else:
                phase = "lost"
                self._blame("", "the supervisor failed: " + _trace())
        self._tidy(self._clear)
        self._ledger.close(phase)
        self._tidy(self._volumes.drop)

    def _tidy(self, act: Callable[[], None]) -> None:
        """Run a clean-up step and only log its failure, since the run has ended in any case."""
        try:
            act()
        except OSError:
            print(_trace(), flush=True)

    def _live(self) -> None:
        resumed = self._anything_started()
        if resumed:
            self._volumes.open(resumed)
        else:
            self._prepare()
        self._programs = [self._program(number, host) for number, host in enumerate(self.spec["hosts"])]
        self._servers = self._make_servers()
        self._refuse_broken_pipes(resumed)
        self._beside = self._make_beside(resumed)
        self._start(resumed)
        self._watch()
        self._deliver()

    def _refuse_broken_pipes(self, resumed: bool) -> None:
        """Raise Lost if a pipe had a writer that died: the reader takes that for the end of the data, so its
        result would be wrong."""
        if resumed and any(item["mode"] == "Pipe" for item in self.spec["inputs"]):
            self._kill_all()
            raise Lost(
                "the supervisor that fed a pipe was lost, and the program may have taken that for the end"
            )

    def _make_beside(self, resumed: bool) -> Any:
        """Return what goes on while programs run: pipes in, continuous outputs out. None where there is
        neither."""
        pipes = any(item["mode"] == "Pipe" for item in self.spec["inputs"])
        if not pipes and not any(out["when"] == "continuous" for out in self.spec["outputs"]):
            return None
        from . import transfer

        return transfer.Beside(self.run, self.spec, self.plan, not resumed, self._closing)

    def _blame(self, reason: str, detail: str) -> None:
        """Record why the run ended, unless a cause is recorded already."""
        if not self._ledger.facts.get("reason"):
            self._ledger.facts |= {"reason": reason, "detail": detail}

    def _anything_started(self) -> bool:
        folders = [host_folder(self.run, host["name"]) for host in self.spec["hosts"]]
        return any(os.path.exists(f"{at}/{name}") for at in folders for name in (CLAIM, f"server/{CLAIM}"))

    # preparing ----------------------------------------------------------------------------------------------------
    def _prepare(self) -> None:
        refuse_if_stopped(self.run)
        for note in self.plan["notes"]:
            self._ledger.note(note)
        self._ledger.note(self._volumes.open(resumed=False))
        layout.lay_out(self.run, self.spec)
        if self.spec["image"]:
            self._pull()
        else:
            self._ledger.facts["environment"] = self.plan["environment"]
        if self.spec["inputs"] or self.spec["sources"]:
            self._download()
        refuse_if_stopped(self.run)

    def _pull(self) -> None:
        """Have the run's image, unless this machine cannot run one."""
        from . import in_image

        self._ledger.facts["in_image"] = True
        in_image.refuse(self.plan)
        self._ledger.step("Downloading")
        self._ledger.phase("preparing")
        self._ledger.facts["image"] = in_image.pull(self.run, self.spec, self.plan)
        refuse_if_stopped(self.run)

    def _download(self) -> None:
        from . import transfer

        if any(item["mode"] != "Pipe" for item in self.spec["inputs"]):
            self._ledger.step("Downloading")
            self._ledger.phase("preparing")
        self._ledger.facts["inputs"] = transfer.fetch_inputs(self.run, self.spec, self.plan)

    # running ------------------------------------------------------------------------------------------------------
    def _start(self, resumed: bool) -> None:
        self._limit()
        self._ledger.step("Running")
        try:
            for program in [*self._servers, *self._programs]:
                group = self._groups[program.host]
                program.start(group, self._network(program), self._volumes.largest_file)
        except BaseException:
            self._kill_all()
            raise
        if not resumed or self._ledger.facts["phase"] == "preparing":
            self._ledger.phase("running")

    def _limit(self) -> None:
        folder = os.stat(self.run)  # another home on this machine may have a run of the same id
        for program in self._programs:
            name = f"{os.path.basename(self.run)[:120]}-{program.host}-{folder.st_dev:x}-{folder.st_ino:x}"
            group, notes = limits.make(name, self.spec["resources"]["memory"])
            self._groups[program.host], self._kills[program.host] = group, group.kills()
            for note in notes:
                self._ledger.note(note)

    def _sockets(self, folder: str, host: str) -> str:
        """Return the folder of a host's sockets. Without a sandbox the program uses it by the name that is
        short enough."""
        if not self.spec["sockets"]:
            return ""
        return self.plan["sockets"][host] if self.plan["isolation"]["method"] == "none" else f"{folder}/s"

    def _program(self, number: int, host: dict[str, Any]) -> Program:
        folder = host_folder(self.run, host["name"])
        container = self._container(folder)
        view = sandbox.View(
            plan=self.plan["isolation"],
            host=host["name"],
            folder=folder,
            sockets=self._sockets(folder, host["name"]),
            lasting=self.plan["lasting"],
            ca_bundle=self.spec["ca_bundle"],
            isolated=self.spec["network_isolation"],
            joins=self.spec["network_isolation"] and number > 0,
            gpus=tuple(self.plan["gpus"][number]),
            memory=self.spec["resources"]["memory"],
            shared_network=self.spec["network_isolation"] and len(self.spec["hosts"]) > 1,
            container=container,
            mounts=sandbox.mounts_of(self.spec, self.plan),
        )
        if container:
            return container.program(view, self.spec, host)
        command = [
            word.replace("{python}", self.plan["isolation"]["python"]) for word in self.spec["command"]
        ]
        return Program(view, sandbox.spoken(view, command), layout.environment(view, self.spec, host))

    def _container(self, folder: str) -> InImage | None:
        """Return the image that a host's program is in, None for the platform's own environment."""
        if not self.spec["image"] or self.spec["command"]:
            return None  # beside a command it is a server's
        from . import in_image

        return in_image.InImage(self.run, self.plan, folder)

    def _make_servers(self) -> list[Program]:
        """Return the servers in an image that the run's programs ask, one for each host."""
        if not self.spec["image"] or not self.spec["command"]:
            return []
        from . import in_image

        pairs = zip(self._programs, self.spec["hosts"], strict=True)
        return [
            in_image.Server.beside(self.run, self.spec, self.plan, program.view, host)
            for program, host in pairs
        ]

    def _network(self, program: Program) -> int | None:
        """Return the process whose network an isolated host joins: that of the first host, which may take a
        moment to be."""
        if not program.view.joins or program.who is not None or self.plan["isolation"]["method"] == "none":
            return None
        first = self._programs[0]
        while proc.alive(first.who):
            pid = first.network()
            if pid:
                return pid
            time.sleep(0.002)
        raise Ended("start", f"the network of {first.host} was gone before {program.host} could join it")

    def _watch(self) -> None:
        beside = self._beside
        watch = Watch(
            self.run,
            self._programs,
            self._wakeup,
            deadline=self.spec["deadline"],
            grace=self.spec["stop_grace"],
            trouble=beside.failure if beside else lambda: None,
            beside=self._servers,
        )
        if beside:
            beside.begin()
        space = self._volumes.space(self._processes)
        try:
            watch.wait(space)
        except BaseException:
            self._kill_all()
            raise
        finally:
            self._close(watch)
            if beside:
                beside.finish()
        self._end_servers()
        if watch.ending:
            self._blame(watch.ending.reason, watch.ending.detail)
        self._blame_memory()
        self._blame_volume(space)
        self._volumes.settle()

    def _end_servers(self) -> None:
        """End the servers after the programs that asked them, which have all answers."""
        for server in self._servers:
            if server.who and server.running:
                server.kill()

    def _processes(self, host: str) -> list[int]:
        """Return all processes of a host: by its control group; without one, those that descend from its
        first."""
        group = self._groups[host]
        if group.folders:
            return group.members()
        firsts = [program.who for program in self._programs if program.host == host and program.who]
        return [pid for who in firsts for pid in proc.family(proc.pid_of(who))]

    def _close(self, watch: Watch) -> None:
        """From now on outputs have their time; an earlier supervisor may have begun it."""
        facts = self._ledger.facts
        began = next((at for name, at in facts["steps"] if name == "Uploading"), time.time())
        reason = watch.ending.reason if watch.ending else facts.get("reason")
        self._closing.begin(time.time() - began, reason == "stopped")

    def _blame_memory(self) -> None:
        for program in self._programs:
            killed = self._groups[program.host].kills() > self._kills[program.host]
            if program.code and killed:
                self._blame("memory", f"{program.host}: killed by the kernel for want of memory")

    def _blame_volume(self, space: disk.Space) -> None:
        """Blame a full volume if a program failed: it can hardly have reported that itself."""
        if any(program.code for program in self._programs) and (lacking := space.lacking()):
            self._blame("disk", lacking)

    def _kill_all(self) -> None:
        for program in [*self._programs, *self._servers]:
            if program.who and program.running:
                program.kill()

    # the end ------------------------------------------------------------------------------------------------------
    def _deliver(self) -> None:
        facts = self._ledger.facts
        facts["exits"] = [[program.host, program.code] for program in self._programs]
        facts |= exit_texts.read(self.run, self.spec["hosts"])
        facts["installed"] = witness.installed(self.run, self.spec["hosts"])
        wanted = self._wanted()
        if wanted or any(out["when"] == "continuous" for out in self.spec["outputs"]):
            self._ledger.step("Uploading")
            self._ledger.phase("uploading")
            from . import transfer

            facts["outputs"] = transfer.send_outputs(self.run, self.spec, self.plan, wanted, self._closing)
        if self._beside:
            self._beside.last()

    def _wanted(self) -> list[dict[str, Any]]:
        """Return the outputs that this end calls for, but for the continuous ones, which have their own last
        round."""
        whens = {"always"}
        if not any(program.code for program in self._programs):
            whens |= {"end", "end-or-stopped"}
        if self._ledger.facts.get("reason") in ("stopped", "deadline"):
            whens |= {"end-or-stopped"}
        return [out for out in self.spec["outputs"] if out["when"] in whens]

    def _clear(self) -> None:
        """End what is left of the programs. Their files go with the run's folder."""
        for program in [*self._servers, *self._programs]:
            if program.who:
                proc.sweep(program.who)
            program.finish_log()
        for group in self._groups.values():
            group.end()
        if self.spec["image"]:
            from . import in_image

            in_image.release(self.run)
        self._volumes.keep()
