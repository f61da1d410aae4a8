"""Load the base where it is not yet, measure, print, judge.  ``BENCH_STRICT=1`` fails on a miss.

`python -m bench [PART…]`: ``pages``, ``verdicts``, ``lines``, ``documents``, ``journal``,
``fairness``, ``reminders``; all of them when none is named, but for the last, which takes an hour
or so.
"""

import itertools
import logging
import os
import sys
from collections.abc import Callable, Iterable

from bench import cluster, fairness, journal, load, measure, reminders, stage, verdicts
from bench.cluster import Servers
from bench.figure import Figure
from bench.scale import Scale
from bench.stage import Stage
from tenants.db import db

PARTS: dict[str, Callable[[Stage, Servers], Iterable[Figure]]] = {
    "pages": measure.pages,
    "verdicts": verdicts.figures,
    "lines": measure.read_lines,
    "documents": measure.documents,
    "journal": lambda _stage, _servers: journal.figures(),
    "fairness": fairness.figures,
    "reminders": reminders.figures,
}
LONG = "reminders"
_MARKS = {True: "kept", False: "MISSED", None: ""}


def main() -> None:
    parts = [PARTS[name] for name in sys.argv[1:] or PARTS if name != LONG or sys.argv[1:]]
    scale = Scale.from_env()
    home = cluster.loaded(scale, load.load)
    missed: list[str] = []
    print(f"{scale.establishments:,} establishments, {scale.providers} providers")
    print("| what | figure | promised | |\n|---|---|---|---|")
    logging.disable(logging.WARNING)  # a mailbox of development reads its messages aloud
    with cluster.running(home) as servers:
        staged = stage.set_up(servers)
        for line in itertools.chain.from_iterable(part(staged, servers) for part in parts):
            print(
                f"| {line.name} | {line.figure} | {line.target} | {_MARKS[line.kept]} |", flush=True
            )
            missed += [line.name] if line.kept is False else []
        with staged.app.app_context():
            db.engine.dispose()
    print(f"MISSED: {'; '.join(missed)}" if missed else "Every promise above was kept.")
    sys.exit(1 if missed and os.environ.get("BENCH_STRICT") else 0)


if __name__ == "__main__":
    main()
