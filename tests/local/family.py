"""A small supervised family for tests to torment: python -m tests.local.family RUNTIME [WHAT]."""

import signal
import sys
import time
from pathlib import Path

from portal.local.console import say
from portal.local.errors import LocalError
from portal.local.process import Service
from portal.local.supervisor import Supervisor

_ENV = {"PATH": "/usr/bin:/bin"}
_POLITE = "trap 'echo goodbye; exit 0' TERM; : > $0; while :; do sleep 0.05; done"
_DEAF = "trap '' TERM INT; : > $0; while :; do sleep 0.05; done"
_BROKEN = "echo 'no such thing' >&2; exit 3"


def shell(name: str, script: str, runtime: Path) -> Service:
    """Ready once its traps are set, which it tells by a file."""
    told = runtime / f"{name}.set"
    argv = ("/bin/sh", "-c", script, str(told))
    return Service(name, argv, _ENV, grace_seconds=1, ready=lambda _pid: told.exists())


def count() -> None:
    """Ours, forked."""
    while True:
        time.sleep(0.05)


def main(runtime: Path, what: str) -> None:
    broken = Service("second", ("/bin/sh", "-c", _BROKEN), _ENV)
    with Supervisor(runtime) as family:
        family.start(shell("first", _POLITE, runtime))
        if what == "broken command":
            family.run(broken)
        if what == "hopeless child":
            family.start(broken)
            family.wait_for(lambda: False, seconds=30)
        family.start(shell("second", _DEAF if what == "deaf child" else _POLITE, runtime))
        family.start(Service("forked", (sys.executable, "-c", "0"), _ENV, body=count))
        family.run(Service("once", ("/bin/echo", "only once"), _ENV))
        say("all started")
        family.keep_alive()


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as a terminal does, whatever runs the tests
    try:
        main(Path(sys.argv[1]), " ".join(sys.argv[2:]))
    except LocalError as error:
        say(f"failed: {error}")
        sys.exit(1)
    sys.exit(0)
