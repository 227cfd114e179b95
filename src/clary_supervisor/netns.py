"""Joins the network namespace of another host of the same run, so that isolated hosts reach each other and nothing else."""

from __future__ import annotations

import os

from . import libc


def join(pid: int) -> None:
    """Move the calling process into the network of `pid`. OSError when that is not allowed or the process is gone."""
    net = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    user = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    if os.geteuid() != 0:  # the network belongs to its user namespace, and so must we
        libc.setns(user, libc.CLONE_NEWUSER)
    libc.setns(net, libc.CLONE_NEWNET)
    os.close(net)
    os.close(user)
