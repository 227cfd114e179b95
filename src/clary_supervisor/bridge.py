"""The bridge: a process beside a program that serves HTTP in an image. It has the network of the container, and ends with it.

The network has nothing but a loopback address, so that any number of containers may listen on one port. The platform asks over
the worker socket, and the bridge asks the container; what the container asks of the platform's address, the bridge passes on
by sockets of the machine's network. Without it the program goes on, and the supervisor starts another.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import struct
import threading
from urllib.parse import urlsplit

from . import libc, mux_frames, proc, title
from .bridge_http import Call, Line, Server
from .collector import close_all_but
from .folder import CLAIM, get

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .bridge_http import Calls
    from .model_store import ModelStore

_BRIDGING = "bridging"  # flock held by the one bridge that works
_CHUNK = 1 << 16
_LOW_PORTS = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
_STACK = 1 << 20  # of each thread, where all of them together may map little (model_store.py)
_SET_FLAGS, _UP = 0x8914, 0x41  # ioctl SIOCSIFFLAGS; IFF_UP and IFF_RUNNING


class Bridge:
    """The supervisor's side: a bridge of one host's folder, started and kept alive. `forwards` are addresses of the platform.
    With `store` the container serves the models in it, and `keeps` them loaded."""

    def __init__(
        self,
        folder: str,
        port: int,
        forwards: list[tuple[str, int]],
        store: ModelStore | None = None,
        keeps: bool = True,
    ) -> None:
        self.folder = folder
        self._store = store
        self._keeps = keeps
        self._port = port
        self._forwards = forwards
        self.pid = 0

    def start(self, who: str | None = None, birth: int = -1) -> None:
        """Fork one, and return when its network is there. `who` is the program that lives already; for one that is to be
        started, `birth` is the end of a pipe that closes when it has, or cannot be any more."""
        hears, tells = os.pipe2(os.O_CLOEXEC)
        self.pid = os.fork()
        if self.pid == 0:
            os.close(hears)
            _be_one(self, who, birth, tells)
        os.close(tells)
        os.read(hears, 1)
        os.close(hears)

    def keep(self, who: str) -> None:
        """Start another where it was killed."""
        if self.pid and self._has_ended():
            self.start(who)

    def finish(self) -> None:
        """End it, after its program."""
        if self.pid and not self._has_ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.pid = 0

    def _has_ended(self) -> bool:
        try:
            return os.waitpid(self.pid, os.WNOHANG)[0] != 0
        except ChildProcessError:
            return True

    # in the process of the bridge -------------------------------------------------------------------------------------
    def work(self, who: str | None, birth: int, tells: int) -> None:
        """Have the network, then serve until the program ends."""
        machine = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        if who is None:
            libc.unshare(libc.CLONE_NEWNET)
            _furnish()
        else:
            _enter(proc.pid_of(who))
        listeners = [self._listen(address) for address in self._forwards]
        os.write(tells, b"\n")
        os.close(tells)
        for listener, address in zip(listeners, self._forwards, strict=True):
            _begin(_forward, listener, address, machine)
        _begin(self._serve, machine)
        _until_the_end(self.folder, birth)

    def _listen(self, address: tuple[str, int]) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # beside a bridge that is about to end
        listener.bind(address)
        listener.listen(128)
        return listener

    def _serve(self, machine: int) -> None:
        """Take the platform's connections. Another bridge of this folder, if there is one, is waited for."""
        lock = os.open(f"{self.folder}/{_BRIDGING}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.chdir(f"{self.folder}/s")  # a whole path may be too long for a socket
        with contextlib.suppress(FileNotFoundError):
            os.unlink(mux_frames.SOCKET_NAME)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(mux_frames.SOCKET_NAME)
        listener.listen(128)
        server, calls = Server(self._port), self._calls(machine)
        while True:
            _begin(Line(listener.accept()[0], server, calls).serve)

    def _calls(self, machine: int) -> Calls:
        """Return what makes a call of each request."""
        if self._store is None:
            return Call
        from . import multi_model

        threading.stack_size(_STACK)
        models = multi_model.Models(
            self._port, self._store, self._keeps, lambda act: _in_network(machine, act)
        )
        return lambda stream, headers, body: multi_model.ModelCall(models, stream, headers, body)


def platform_addresses(spec: dict[str, Any]) -> list[tuple[str, int]]:
    """Return the loopback addresses at which the programs of a run find the platform; none under network isolation."""
    uris = [] if spec["network_isolation"] else [spec["endpoint"], spec["credentials_uri"], spec["proxy"]]
    found = {(urlsplit(uri).hostname or "", urlsplit(uri).port or 80) for uri in uris if uri}
    named = {("127.0.0.1" if host == "localhost" else host, port) for host, port in found}
    return sorted((host, port) for host, port in named if host.startswith("127."))


def _be_one(bridge: Bridge, who: str | None, birth: int, tells: int) -> None:
    """In the forked process. Never returns."""
    try:
        with contextlib.suppress(PermissionError):
            os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, signal.SIG_DFL)
        close_all_but(birth, tells)
        title.write(["bridge", bridge.folder])
        bridge.work(who, birth, tells)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(1)


def _furnish() -> None:
    """Have a loopback address, whose low ports are anybody's, as in containers of Docker."""
    with contextlib.suppress(OSError), open(_LOW_PORTS, "w", encoding="ascii") as file:
        file.write("0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        fcntl.ioctl(line, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))


def _enter(pid: int) -> None:
    network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    libc.setns(network, libc.CLONE_NEWNET)
    os.close(network)


def _begin(act: Any, *arguments: Any) -> None:
    threading.Thread(target=act, args=arguments, daemon=True).start()


def _in_network(network: int, act: Callable[[], None]) -> None:
    """Run something in a thread of another network, and return when it has ended."""

    def there() -> None:
        libc.setns(network, libc.CLONE_NEWNET)
        act()

    thread = threading.Thread(target=there, daemon=True)
    thread.start()
    thread.join()


def _until_the_end(folder: str, birth: int) -> None:
    """Wait until the program has started, and then until it ends."""
    if birth >= 0:
        select.select([birth], [], [])
    who = get(f"{folder}/{CLAIM}")
    if who and proc.alive(who):
        with contextlib.suppress(OSError):
            select.select([os.pidfd_open(proc.pid_of(who))], [], [])
    os._exit(0)


# what the container asks of the platform ------------------------------------------------------------------------------
def _forward(listener: socket.socket, address: tuple[str, int], machine: int) -> None:
    """Pass each connection on to the same address in the machine's network. A socket belongs to the network in which it was
    made, and each thread is in a network by itself: this one goes to the machine's."""
    libc.setns(machine, libc.CLONE_NEWNET)
    while True:
        inside = listener.accept()[0]
        _begin(_connect, inside, address, machine)


def _connect(inside: socket.socket, address: tuple[str, int], machine: int) -> None:
    libc.setns(machine, libc.CLONE_NEWNET)
    with contextlib.suppress(OSError), inside, socket.create_connection(address) as outside:
        back = threading.Thread(target=_pump, args=(outside, inside), daemon=True)
        back.start()
        _pump(inside, outside)
        back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
