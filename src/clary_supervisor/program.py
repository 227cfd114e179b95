"""One host's program: started once, watched by the supervisor that lives, its end read from a file.

Knows no S3 and no deadline. The order of birth is what makes it happen once: the newborn process itself links its
identity to the claim file (link(2) succeeds for one only) and then becomes the sandbox and the program. A supervisor
that dies before or after changes nothing; the next one finds the claim, or makes its own attempt.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time

from . import libc, limits, log, netns, proc, sandbox, seccomp
from .collector import Collector
from .faults import Ended, Lost
from .folder import CLAIM, OUTPUT, PIPE, STATUS, get, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .bridge import Bridge
    from .container import Container

_START_FAILED = 127
_BIRTHS = 5  # attempts, where each newborn is killed
_KEEPER_GRACE = 1.0  # seconds
_REFUSAL = 4096  # bytes of why a program is not started
_KILLERS = range(1, 32)  # `128 + n` of these means: killed by signal n


class Program:
    """The program of one host, running or ended."""

    def __init__(self, view: sandbox.View, command: list[str], env: dict[str, str]) -> None:
        self.view = view
        self.host = view.host
        self._command = command
        self._env = env
        self._born = False  # whether it is this supervisor's child
        self._collector = self._make_collector()
        self.bridge: Bridge | None = None  # to the server in the container, where there is one
        self._rootless = 0.0  # since when there was nothing to kill (time.monotonic)
        self.code: int | None = None
        self.who = get(self._path(CLAIM))

    def _make_collector(self) -> Collector:
        return Collector(self.view.folder)

    def _path(self, name: str) -> str:
        return f"{self.view.folder}/{name}"

    # birth --------------------------------------------------------------------------------------------------------
    def start(self, group: limits.Group, join: int | None, largest_file: int) -> None:
        """Start it, unless it has been started at any time before. `join` is a pid whose network it shares."""
        if self.who is not None:
            self._collector.start()  # there is one, which may be killed
            if self.bridge:
                self.bridge.start(self.who)
            return
        self._refuse_what_no_process_has()
        self._refuse_what_is_missing()
        seen, unborn = os.pipe2(os.O_CLOEXEC)  # closed by exec, or by the newborn's death
        self._collector.start(seen)
        if self.bridge:
            self.bridge.start(None, seen)
            join = self.bridge.pid
        try:
            self.who = self._give_birth(lambda tells: self._become(group, join, largest_file, tells))
        finally:
            os.close(seen)
            os.close(unborn)

    def _give_birth(self, become: Callable[[int], None]) -> str:
        """Return who has the claim: the newborn, or another that was faster. One that is killed before it has claimed is
        followed by another: nothing of the customer's has run."""
        for _ in range(_BIRTHS):
            pid, refusal = _newborn(become)
            who = get(self._path(CLAIM))
            if who:
                self._born = proc.pid_of(who) == pid
                return who
            if not os.WIFSIGNALED(os.waitpid(pid, 0)[1]):
                raise Ended("start", refusal or f"the process of {self.host} could not be made; see {OUTPUT}")
        raise Ended("start", f"the process of {self.host} could not be made; see {OUTPUT}")

    def _refuse_what_no_process_has(self) -> None:
        """Raise Ended for a NUL, which no process can be given although AWS accepts one."""
        for name, value in self._env.items():
            if "\0" in name + value:
                raise Ended("start", f"the environment variable {name!r} holds a NUL")
        if any("\0" in word for word in self._command):
            raise Ended("start", "a word of the command holds a NUL")

    def _refuse_what_is_missing(self) -> None:
        """Bubblewrap says itself that there is no such program; a shell would only say 127."""
        name = self._command[0]
        places = [""] if "/" in name else [f"{place}/" for place in self._env["PATH"].split(":")]
        known = any(os.access(place + name, os.X_OK) for place in places)
        if self.view.plan["method"] != "bubblewrap" and not known:
            raise Ended("start", f"exec: {name!r}: executable file not found in $PATH")

    def _become(self, group: limits.Group, join: int | None, largest_file: int, tells: int) -> None:
        """In the newborn process: prepare, claim, say so, become the program. Never returns."""
        try:
            os.setsid()
            self._files()
            limits.rlimits(group, largest_file)
            group.enter()
            if join:
                netns.join(join)
            with contextlib.suppress(OSError):  # a kernel without keyrings has none to share
                libc.join_fresh_keyring()
            if self.view.container:
                self._enter(self.view.container)
            if self.view.plan.get("landlock"):
                libc.scope_sockets()
            words, env = self._words()
            if not self._claim():
                os._exit(0)
            os.close(tells)
            if self.view.plan["method"] == "none" and self.view.filtered:
                libc.filter_system_calls(seccomp.program())
            self._exec(words, env)
        except Ended as end:
            with contextlib.suppress(OSError):
                os.write(tells, end.detail[:_REFUSAL].encode(errors="replace"))
        except BaseException as error:
            os.write(2, f"clary: {error}\n".encode())
        os._exit(_START_FAILED)

    def _enter(self, container: Container) -> None:
        """Have the image's files, and what they say of the program. Raise Ended (start)."""
        container.enter(self.view)
        self._env.setdefault("HOME", container.user.home)
        container.refuse_what_is_missing(self._command[0], self._env["PATH"])

    def _words(self) -> tuple[list[str], dict[str, str]]:
        """Return the argument vector and its environment; bubblewrap inherits descriptors of the status file
        and the filter."""
        if self.view.plan["method"] != "bubblewrap":
            return sandbox.vector(self.view, self._command, self._env)
        status = os.open(self._path(STATUS), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.set_inheritable(status, True)
        filtering = seccomp.as_file() if self.view.filtered else None
        return sandbox.vector(self.view, self._command, self._env, status, filtering)

    def _files(self) -> None:
        null = os.open("/dev/null", os.O_RDONLY)
        # For reading as well: so the pipe has a reader as long as the program lives, whichever of our processes is killed.
        out = os.open(self._path(PIPE), os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.umask(0o022)
        if self.view.plan["method"] == "none":
            os.chdir(f"{self.view.folder}/ml")

    def _claim(self) -> bool:
        aside = self._path(f"{CLAIM}.{os.getpid()}")
        put(aside, proc.identity(os.getpid()) or "")
        try:
            os.link(aside, self._path(CLAIM))
            return True
        except FileExistsError:
            return False
        finally:
            os.unlink(aside)

    def _exec(self, words: list[str], env: dict[str, str]) -> None:
        try:
            os.execve(words[0], words, env)
        except OSError as error:
            os.write(2, f"bwrap: {words[0]}: {error.strerror}\n".encode())

    # life ---------------------------------------------------------------------------------------------------------
    @property
    def running(self) -> bool:
        return self.code is None

    def watched(self) -> int | None:
        """Return a descriptor that becomes readable when the program ends, or None if the kernel has none."""
        try:
            return os.pidfd_open(proc.pid_of(self.who or ""))
        except OSError:
            return None

    def check(self) -> None:
        """Notice the end, if it came. Raise Ended when the program could not be started, Lost when it cannot
        be known."""
        who = self.who or ""
        if self.code is not None or proc.alive(who):
            self._collector.keep()
            if self.bridge:
                self.bridge.keep(who)
            return
        proc.sweep(who)
        self._reap()  # not before: until then no other process can have its number
        self.finish_log()
        self.code = self._read_code()

    def finish_log(self) -> None:
        """Wait for the end of the log of a program that has ended, or was not started."""
        if self.bridge:
            self.bridge.finish()
        self._collector.finish()

    def _reap(self) -> None:
        if self._born:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(proc.pid_of(self.who or ""), 0)
            self._born = False

    def _read_code(self) -> int:
        for line in reversed((get(self._path(STATUS)) or "").splitlines()):
            if '"exit-code"' in line:
                code = int(json.loads(line)["exit-code"])
                return 128 - code if code - 128 in _KILLERS else code
        last = log.last_line(self.view.folder)
        if last.startswith("bwrap: "):
            raise Ended("start", last.removeprefix("bwrap: "))
        raise Lost(f"the process of {self.host} vanished without a word")

    # death --------------------------------------------------------------------------------------------------------
    def terminate(self) -> bool:
        """TERM to the program itself, as a container runtime does; False when it is not there yet (or any more)."""
        line = self._line(sandbox.PROGRAM_DEPTH)
        if not line:
            return False
        parent = proc.command(line[-2])
        # Between fork and exec it is still the keeper, which lets TERM pass.
        if not sandbox.is_laid_out(self.view.plan["method"], parent) or proc.command(line[-1]) == parent:
            return False
        return self._signal(line[-1], signal.SIGTERM)

    def kill(self) -> None:
        """KILL the root of its processes, and with it all of them; the keeper lives on to write the status. Where there is no
        root, the keeper is about to do that, or has not begun: it is killed only when that lasts."""
        line = self._line(sandbox.ROOT_DEPTH)
        if line and self._signal(line[-1], signal.SIGKILL):
            return
        self._rootless = self._rootless or time.monotonic()
        if time.monotonic() - self._rootless > _KEEPER_GRACE and proc.alive(self.who):
            proc.send(self.who or "", signal.SIGKILL)

    def _signal(self, pid: int, number: int) -> bool:
        who = proc.identity(pid)
        return who is not None and proc.send(who, number)

    def _line(self, depths: dict[str, int]) -> list[int]:
        """Return the pids from the claimed process down to this depth; empty when they are not all there."""
        if not proc.alive(self.who):
            return []
        line = [proc.pid_of(self.who or "")]
        for _ in range(depths[self.view.plan["method"]]):
            below = proc.children(line[-1])
            if not below:
                return []
            line.append(below[0])
        return line

    def network(self) -> int | None:
        """Return the pid of a process that is in its network namespace, once there is one."""
        line = self._line(sandbox.NETWORK_DEPTH)
        return line[-1] if line else None


def _newborn(become: Callable[[int], None]) -> tuple[int, str]:
    """Fork a process that becomes something else, and return its pid once it has closed what it is given, or has died;
    and what it wrote there: why it does not become that."""
    hears, tells = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        os.close(hears)
        become(tells)
    os.close(tells)
    said = os.read(hears, _REFUSAL)
    os.close(hears)
    return pid, said.decode(errors="replace")
