"""The long storm: real terms, five hundred deaths.  Exit code 1: something was lost or doubled."""

import sys
import tempfile
import time
from pathlib import Path

from tests.storm.plan import Plan
from tests.storm.weather import Storm

LONG = Plan(
    work=12_000,
    mails=2_000,
    deaths=500,
    frozen=80,
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
    found.left, wrong = found.left[:20], found.wrongs(LONG)
    sys.stdout.write(
        f"{time.monotonic() - began:.0f} s {found}\nnot as promised: {wrong or 'none'}\n"
    )
    sys.exit(int(bool(wrong)))
