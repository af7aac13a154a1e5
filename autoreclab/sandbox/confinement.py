"""Landlock rules and a seccomp filter that a process puts on itself: files by the first, sockets by the second.

Numbers are those of the kernel's `linux/landlock.h`, `linux/seccomp.h`, `linux/audit.h` and its tables of calls.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Any

NEEDED = 3  # since then truncating a file needs a permission
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # on every architecture
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
RIGHTS = {3: (1 << 15) - 1, 5: (1 << 16) - 1}  # all that a version knows; from it on
TCP, SCOPED = 3, 3  # binding and connecting; abstract sockets and signals of others

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 38, 22
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | 13, 0x80000000  # 13 is EACCES
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
X32 = 0x40000000  # a second numbering of system calls on x86_64
# An architecture; then socket, since Landlock knows TCP alone and no socket in the file system; io_uring_setup, which
# opens sockets, too; and what looks into other processes, other namespaces, the kernel or its keys: ptrace, unshare,
# setns, process_vm_readv and _writev, pidfd_getfd, add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd.
MACHINES = {
    "x86_64": (0xC000003E, 41, (425, 101, 272, 308, 310, 311, 438, 248, 249, 250, 321, 298, 323)),
    "aarch64": (0xC00000B7, 198, (425, 117, 97, 268, 270, 271, 438, 217, 218, 219, 280, 241, 282)),
}

LIBC = ctypes.CDLL(None, use_errno=True)


class Filter(ctypes.Structure):
    """A seccomp program, as the kernel takes it."""

    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def version() -> int:
    """The version of the kernel's Landlock, 0 or less where there is none."""
    return _syscall(CREATE_RULESET, None, 0, 1)


def confine(terms: dict[str, Any]) -> None:
    """Put this process, and all that it will start, behind the walls for good. Raises `OSError`."""
    _checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _drop_capabilities()
    _restrict(terms)
    _checked(LIBC.prctl(PR_SET_SECCOMP, 2, ctypes.byref(_filter(terms["network"])), 0, 0))


def _drop_capabilities() -> None:
    """Root's powers go, and without new privileges no program brings them back."""
    header, none = struct.pack("<Ii", 0x20080522, 0), bytes(24)
    _checked(LIBC.capset(header, none))


def _restrict(terms: dict[str, Any]) -> None:
    known = version()
    handled = next(rights for since, rights in sorted(RIGHTS.items(), reverse=True) if known >= since)
    attributes = struct.pack("<QQQ", handled, 0 if terms["network"] else TCP, SCOPED)
    attributes = attributes[: 24 if known >= 6 else 16 if known >= 4 else 8]
    ruleset = _checked(_syscall(CREATE_RULESET, attributes, len(attributes), 0))
    reading = EXECUTE | READ_FILE | READ_DIR
    for path in (*terms["read"], f"/proc/{os.getpid()}"):
        _allow(ruleset, path, reading)
    for path in terms["list"]:
        _allow(ruleset, path, READ_DIR)
    for path in terms["devices"]:
        _allow(ruleset, path, READ_FILE | WRITE_FILE)
    for path in terms["write"]:
        _allow(ruleset, path, handled)
    _checked(_syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    allowed = rights if os.path.isdir(path) else rights & OF_FILES
    _checked(_syscall(ADD_RULE, ruleset, 1, struct.pack("<Qi", allowed, handle), 0))
    os.close(handle)


def _filter(network: bool) -> Filter:
    """Refuse some system calls; end a process that uses another architecture's numbers for them."""
    machine, socket, others = MACHINES[os.uname().machine]
    refused = others if network else (socket, *others)
    lines = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, machine), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    lines += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL)]
    lines += [line for number in refused for line in ((EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE))]
    lines += [(RETURN, 0, 0, ALLOW)]
    return Filter(len(lines), b"".join(struct.pack("<HBBI", *line) for line in lines))


def _syscall(number: int, *arguments: Any) -> int:
    """Call the kernel; pointers and sizes are as wide as a register."""
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return int(LIBC.syscall(ctypes.c_long(number), *wide))


def _checked(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
