"""Hostile files are read in a process of their own, that has little time, little memory, no disk.

A file that kills its reader, or keeps it too long, is not kept either.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from portal.vault.checks.examination import Examined
from portal.vault.checks.verdict import Failed, Reason

#: A second more than the process is given of the processor, for a machine with much to do.
SECONDS: Final = 60
#: What reads it there.
CELL: Final = "portal.vault.cell"
_ROOT: Final = Path(__file__).parents[2]
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")


def examine(extension: str, content: bytes) -> Examined:
    """What the checks find.  Raises ``Failed``, also when they could not come to an end."""
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, and an extension from our own list
            [sys.executable, "-m", CELL, extension],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd=_ROOT,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(Reason.UNFINISHED) from error
    if done.returncode:
        raise Failed(Reason.UNFINISHED)
    line, _, rewritten = done.stdout.partition(b"\n")
    told = json.loads(line)
    if told["reason"] is not None:
        raise Failed(Reason(told["reason"]))
    return Examined(rewritten or None, told["hints"], told["attached"])
