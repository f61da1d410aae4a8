"""The long storm: real terms, five hundred deaths.  Exit code 1: something was lost or doubled."""

import sys
import tempfile
import time
from pathlib import Path

from tests.storm.plan import Plan
from tests.storm.recovery import PROMISED
from tests.storm.weather import Storm

LONG = Plan(
    work=12_000,
    mails=2_000,
    deaths=500,
    valkey=50,
    postgres=50,
    hasty=False,
    pause=(0.4, 1.6),
    patience=360,
)

if __name__ == "__main__":
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="storm") as home:
        found = Storm(Path(home), LONG).run()
    found.left = found.left[:20]
    sys.stdout.write(f"{time.monotonic() - began:.0f} s {found}\n")
    wrong = (found.not_done, found.lost, found.doubled, found.mails_lost, found.mails_doubled)
    sys.exit(int(any(wrong) or found.recovery > PROMISED))
