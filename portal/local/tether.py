"""Run a command that does not outlive the process that started it.

A script, run by path: tether.py PARENT SIGNAL UID GID COMMAND…  It becomes COMMAND (same pid),
under the given account when UID ≥ 0; when PARENT is killed, even by SIGKILL, COMMAND gets SIGNAL.
"""

import ctypes
import os
import sys
import time

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
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


def tie(parent: int, signum: int) -> None:
    """From now on this process gets the signal when its parent dies, however it dies."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signum)
    else:
        watch(parent, signum)
    if os.getppid() != parent:
        sys.exit("the parent was gone before its child began")


def main(args: list[str]) -> None:
    """Drop privileges, tie the knot, become the command."""
    parent, signum, uid, gid = (int(arg) for arg in args[:4])
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    tie(parent, signum)  # after the drop: changing credentials would untie it
    os.execv(args[4], args[4:])  # noqa: S606 -- becoming the command is the point


if __name__ == "__main__":
    main(sys.argv[1:])
