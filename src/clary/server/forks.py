"""Forks of the warden: its workers, and what is made at a first start. Each lets go of what is the warden's."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress

log = logging.getLogger("clary")


class Forked(BaseException):
    """This process is a worker now; `words` are its command line. `listener` is a gateway's listening socket."""

    def __init__(self, name: str, options: Sequence[str], listener: int | None) -> None:
        super().__init__(name)
        self.name = name
        self.words = [*options] if listener is None else [*options, "--listen-fd", str(listener)]


def import_workers() -> None:
    """Have what both workers need, for the first fork; what is there by then is no matter for the collector, which would
    write to all of it."""
    if "clary.server.gateway_process" in sys.modules:
        return

    from clary.server import assemble, controllers_process, gateway_process  # noqa: F401

    assemble.foresee()
    gc.collect()
    gc.freeze()


@contextmanager
def signals_blocked() -> Iterator[None]:
    """So that a worker is not told to stop while its handlers are still the warden's."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def settle_in(output: int) -> None:
    """In a worker: a session of its own, no input, a log, and the signals as they are at first."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(output, 1)
    os.dup2(output, 2)


def beside(work: Callable[[], None], alone: Callable[[], AbstractContextManager[None]], lock: int) -> int:
    """Do some work `alone` in a process of its own, which loads what nobody needs afterwards. Return its pid once it has
    begun. `lock` is the warden's."""
    begun, begin = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(lock)
            with alone():
                os.close(begin)
                work()
                os._exit(0)  # before others may go on: none of them sees this process any more
        except BaseException:
            log.exception("%s has failed", getattr(work, "__name__", work))
        finally:
            os._exit(1)
    os.close(begin)
    os.read(begun, 1)  # it ends when the other end is closed
    os.close(begun)
    return child


def reaped(child: int, options: int = 0) -> int | None:
    """How a child ended; None where nobody can tell, any more or yet."""
    with suppress(ChildProcessError):
        ended, status = os.waitpid(child, options)
        return os.waitstatus_to_exitcode(status) if ended else None
    return None
