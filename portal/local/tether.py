"""Run a command that does not outlive the process that started it.

A script, run by path: tether.py PARENT SIGNAL UID GID COMMAND…  It becomes COMMAND (same pid),
under the given account when UID ≥ 0; when PARENT is killed, even by SIGKILL, COMMAND gets SIGNAL.
"""

import ctypes
import os
import sys
import time

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.5


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def watch(parent: int, signum: int) -> None:
    """Where the kernel cannot do it: leave behind a watcher that ends with either process."""
    command = os.getpid()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    while _alive(command):
        if not _alive(parent):
            os.kill(command, signum)
            break
        time.sleep(_POLL_SECONDS)
    os._exit(0)


def main(args: list[str]) -> None:
    """Drop privileges, tie the knot, become the command."""
    parent, signum, uid, gid = (int(arg) for arg in args[:4])
    kernel_tells = sys.platform == "linux"
    libc = ctypes.CDLL(None) if kernel_tells else None  # before the drop: it may hide the library
    if libc is None:
        watch(parent, signum)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if libc is not None:
        libc.prctl(_PR_SET_PDEATHSIG, signum)  # after the drop: changing credentials clears it
    if os.getppid() != parent:
        sys.exit("the parent was gone before the command began")
    os.execv(args[4], args[4:])  # noqa: S606 -- becoming the command is the point


if __name__ == "__main__":
    main(sys.argv[1:])
