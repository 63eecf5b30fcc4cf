"""Takes rights away from this process and all that it starts: no network, no writing outside its folders, nothing run but the checkers.

Linux only, by namespaces and Landlock (https://docs.kernel.org/userspace-api/landlock.html); as much of it as the kernel grants.
Elsewhere the limits of memory and time remain.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
RULE_PATH_BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
CHANGES = WRITE_FILE | sum(1 << bit for bit in range(4, 13))
REFER, TRUNCATE = 1 << 13, 1 << 14
TCP = 0b11
O_PATH = 0o10000000


def die_with_parent(memory_bytes: int = 0) -> None:
    """For a child between fork and exec: it ends when its parent does, and holds no more memory than this."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, 9)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def confine(writable: Sequence[Path], programs: Sequence[Path]) -> list[str]:
    """For this process, before it has threads; gives the names of what was taken away."""
    if sys.platform != "linux":
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    taken = []
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0:
        taken.append("network")
        with contextlib.suppress(OSError):
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if _landlock(libc, writable, programs):
        taken.append("writing")
    return taken


def may_confine_reading() -> bool:
    """Whether the kernel knows how (Landlock, since Linux 5.13, where it is switched on)."""
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None).syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1) >= 1)


def read_only(paths: Sequence[Path]) -> bool:
    """For a child between fork and exec: from now on it reads nothing but what is below these. False where the kernel cannot."""
    if not may_confine_reading():
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    rules = libc.syscall(LANDLOCK_CREATE, struct.pack("Q", READ_FILE | READ_DIR), ctypes.c_size_t(8), 0)
    if rules < 0:
        return False
    system = (
        Path("/dev/null"),
        Path("/dev/urandom"),
        Path("/lib"),
        Path("/lib64"),
        Path("/usr/lib"),
        Path("/etc/ld.so.cache"),
    )
    try:
        for path in (*paths, *system):
            if path.exists() and not _allow(libc, rules, path, READ_FILE | (READ_DIR if path.is_dir() else 0)):
                return False
        return bool(libc.syscall(LANDLOCK_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _landlock(libc: ctypes.CDLL, writable: Sequence[Path], programs: Sequence[Path]) -> bool:
    version = libc.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    changes = CHANGES | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    handled = struct.pack("QQ", EXECUTE | changes, TCP if version >= 4 else 0)
    rules = libc.syscall(LANDLOCK_CREATE, handled, ctypes.c_size_t(16 if version >= 4 else 8), 0)
    if rules < 0:
        return False
    try:
        allowed = [*((one, changes) for one in writable), (Path("/dev/null"), WRITE_FILE | (changes & TRUNCATE))]
        libraries = (Path(one) for one in ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/libexec", "/nix/store"))
        allowed += [(one, EXECUTE) for one in (*programs, *libraries)]
        for path, rights in allowed:
            if path.exists() and not _allow(libc, rules, path, rights):
                return False
        return bool(libc.syscall(LANDLOCK_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> bool:
    opened = os.open(path, O_PATH | os.O_CLOEXEC)
    try:
        return bool(libc.syscall(LANDLOCK_ADD, rules, RULE_PATH_BENEATH, struct.pack("=Qi", rights, opened), 0) == 0)
    finally:
        os.close(opened)
