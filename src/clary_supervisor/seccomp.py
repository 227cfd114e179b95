"""Which system calls a job's program does not have, and the BPF program that says so to the kernel (seccomp(2)).

A job shares the kernel with the machine and with other jobs. What opens parts of the kernel that no program of machine
learning needs is refused: each row of RULES says what, how it is refused, and why. All else is allowed; what is newer
than this table does not exist (ENOSYS), as on an older kernel.

Left alone on purpose: ptrace, process_vm_readv, process_vm_writev, pidfd_getfd and kcmp reach only processes of the
sandbox's own pid namespace, and MPI and CUDA use them between the processes of one job; seccomp and Landlock can only
take away more.
"""

from __future__ import annotations

import errno
import functools
import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Instruction: TypeAlias = tuple[int, int, int, int]  # code, jump if true, jump if false, constant

NAME = "clary-seccomp"
_NEWEST = 466  # removexattrat, Linux 6.13; from 424 on all architectures count alike

# Tests of one argument. The kernel takes these arguments as 32 bits, so a caller can hide nothing in the upper half.
BITS, IN, NOT_IN = "any of these bits", "one of", "none of"

_CLONE_NEWUSER = 0x10000000
_AF_NETLINK = 16
_FAMILIES = (1, 2, 10, _AF_NETLINK)  # UNIX, INET, INET6, NETLINK
_PERSONALITIES = (0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)  # Linux, 32 bits, "2.6", both; and the question
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_FS_IOC_FSSETXATTR, _FS_IOC_SETFLAGS = 0x401C5820, 0x40086602

# System calls, the tests that must all hold (argument, kind, values), the error.
RULES: tuple[tuple[tuple[str, ...], tuple[tuple[int, str, tuple[int, ...]], ...], int], ...] = (
    # Terminals: TIOCSTI types into a terminal as its user would. Files: a project quota is kept by the number that
    # FSSETXATTR changes and the flag that SETFLAGS takes away, both of which a file's owner may do.
    (("ioctl",), ((1, IN, (_TIOCSTI, _TIOCLINUX, _FS_IOC_FSSETXATTR, _FS_IOC_SETFLAGS)),), errno.EPERM),
    # Families beside these are much code and little use (VSOCK, PACKET, ALG, TIPC, RDS …), and VSOCK knows no network
    # namespace. The error is that of a kernel that was built without them.
    (("socket", "socketpair"), ((0, NOT_IN, _FAMILIES),), errno.EAFNOSUPPORT),
    # Of netlink only routes, which getaddrinfo and MPI read.
    (("socket", "socketpair"), ((0, IN, (_AF_NETLINK,)), (2, NOT_IN, (0,))), errno.EPROTONOSUPPORT),
    # In a user namespace of its own a program has every capability, and with them most of the kernel's code.
    (("clone", "unshare"), ((0, BITS, (_CLONE_NEWUSER,)),), errno.EPERM),
    # Its flags lie in memory, where no filter can look. The C library then takes clone.
    (("clone3",), (), errno.ENOSYS),
    (("setns",), (), errno.EPERM),
    # Odd personalities switch off the random layout of memory or bring back old interfaces.
    (("personality",), ((0, NOT_IN, _PERSONALITIES),), errno.EPERM),
    # Keyrings know no namespace: the user's keyring is one for all jobs of all accounts and for the machine.
    (("add_key", "request_key", "keyctl"), (), errno.EPERM),
    # Each has let programs into the kernel more than once, and is of no use without rights that a job lacks.
    (("bpf", "perf_event_open", "userfaultfd"), (), errno.EPERM),
    # Does what other calls do, past this filter. Libraries that know it fall back.
    (("io_uring_setup", "io_uring_enter", "io_uring_register"), (), errno.ENOSYS),
    # Mounts, and opening files by a number instead of a path through the sandbox's mounts.
    (("mount", "umount2", "pivot_root", "chroot", "mount_setattr"), (), errno.EPERM),
    (("open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick"), (), errno.EPERM),
    (("open_by_handle_at", "fanotify_init"), (), errno.EPERM),
    # The machine itself: its kernel, modules, clock, swap, quotas, accounting, ports and log.
    (("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module"), (), errno.EPERM),
    (("reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "vhangup"), (), errno.EPERM),
    (("settimeofday", "clock_settime", "iopl", "ioperm", "syslog"), (), errno.EPERM),
    # Leftovers of old systems.
    (("uselib", "lookup_dcookie", "nfsservctl"), (), errno.ENOSYS),
)

# Name -> number on x86_64, on aarch64. None: not there.
_NUMBERS: dict[str, tuple[int, int | None]] = {
    "ioctl": (16, 29), "socket": (41, 198), "socketpair": (53, 199), "clone": (56, 220), "unshare": (272, 97),
    "clone3": (435, 435), "setns": (308, 268), "personality": (135, 92), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "mount_setattr": (442, 442), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443), "vhangup": (153, 58),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "iopl": (172, None), "ioperm": (173, None),
    "syslog": (103, 116), "uselib": (134, None), "lookup_dcookie": (212, 18), "nfsservctl": (180, 42),
}  # fmt: skip

_MACHINES = ("x86_64", "aarch64")
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# Classic BPF (linux/filter.h) over struct seccomp_data: number, architecture, instruction pointer, six arguments.
_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


def number(name: str, machine: str) -> int | None:
    """Return the number of a system call of the table on a machine of this kind."""
    return _NUMBERS[name][_MACHINES.index(machine)]


@functools.cache
def program(machine: str = os.uname().machine) -> bytes:
    """Return the filter as the kernel takes it: struct sock_filter after struct sock_filter. Empty for a
    machine that has none."""
    if machine not in _MACHINES:
        return b""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in _assemble(machine))


def _assemble(machine: str) -> list[Instruction]:
    """Return the filter. Calls of another architecture (32 bits) and of x32, whose numbers begin at 2^30, do
    not exist."""
    missing = _refuse(errno.ENOSYS)
    code = [_load(_ARCH_AT), (_EQUAL, 1, 0, _AUDIT_ARCH[machine]), missing]
    code += [_load(_NUMBER_AT), (_GREATER, 0, 1, _NEWEST), missing]
    for name in _NUMBERS:
        called = number(name, machine)
        if called is not None:
            body = _body(name)
            code += [(_EQUAL, 0, len(body), called), *body]
    return [*code, (_RETURN, 0, 0, _ALLOW)]


def _body(name: str) -> list[Instruction]:
    """Return what is done with one call: the first rule whose tests hold refuses it."""
    code: list[Instruction] = []
    for names, tests, error in RULES:
        if name in names:
            code += _rule(tests, error)
    return [*code, (_RETURN, 0, 0, _ALLOW)]


def _rule(tests: tuple[tuple[int, str, tuple[int, ...]], ...], error: int) -> list[Instruction]:
    """Made from its end, since a test that fails jumps over all that comes after it."""
    code = [_refuse(error)]
    for argument, kind, values in reversed(tests):
        code = [_load(_ARGUMENTS_AT + 8 * argument), *_test(kind, values, len(code)), *code]
    return code


def _test(kind: str, values: tuple[int, ...], rest: int) -> list[Instruction]:
    """Falls through where it holds; else jumps over the `rest` of the rule."""
    if kind == BITS:
        return [(_ANY_BIT, 0, rest, sum(values))]
    left = range(len(values) - 1, -1, -1)
    if kind == NOT_IN:
        return [(_EQUAL, after + rest, 0, value) for value, after in zip(values, left, strict=True)]
    return [(_EQUAL, after, 0 if after else rest, value) for value, after in zip(values, left, strict=True)]


def _load(offset: int) -> Instruction:
    """Return the offset of an argument's low half, which comes first: both architectures are little-endian."""
    return (_LOAD, 0, 0, offset)


def _refuse(error: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | error)


def is_known_to_kernel() -> bool:
    """Return whether this kernel filters at all."""
    return os.path.exists("/proc/sys/kernel/seccomp/actions_avail")


def as_file() -> int:
    """Return a descriptor from which another program reads the filter; it is inherited."""
    fd = os.memfd_create(NAME, 0)
    os.write(fd, program())
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
