"""Processes by identity: what is swept is of the very session that a process began."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from clary_supervisor import proc
from tests.support.waiting import until

Session = tuple[subprocess.Popen[bytes], str, str]


@pytest.fixture
def session() -> Iterator[Session]:
    """A leader that waits for its input to end, its identity, and that of another process in its session."""
    words = ["sh", "-c", "sleep 600 >/dev/null & echo $!; read x; echo here"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as leader:
        assert leader.stdout
        member = proc.identity(int(leader.stdout.readline())) or ""
        who = proc.identity(leader.pid) or ""
        yield leader, who, member
        leader.kill()
    if proc.alive(member):
        proc.send(member, 9)


def test_a_session_is_swept_with_its_leader(session: Session) -> None:
    _, who, member = session
    proc.sweep(who)
    until(lambda: not proc.alive(who) and not proc.alive(member))


def test_a_session_is_swept_after_its_leader(session: Session) -> None:
    leader, who, member = session
    leader.communicate()
    assert proc.alive(member)
    proc.sweep(who)
    until(lambda: not proc.alive(member))


def test_a_later_session_of_the_same_number_is_left_alone(session: Session) -> None:
    """After a restart the number of a job's process may be that of anybody, the platform's own session included."""
    leader, who, member = session
    pid, start, boot = who.split()
    for earlier in (f"{pid} {int(start) - 1} {boot}", f"{pid} {start} 00000000-0000-0000-0000-000000000000"):
        proc.sweep(earlier)
    assert leader.communicate(b"go on\n")[0] == b"here\n"
    assert proc.alive(member)
