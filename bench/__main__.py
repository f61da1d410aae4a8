"""Load the base where it is not yet, measure, print.  ``BENCH_STRICT=1`` fails on a miss."""

import logging
import os
import sys

from bench import cluster, load, measure, stage
from bench.scale import Scale
from tenants.db import db

_MARKS = {True: "kept", False: "MISSED", None: ""}


def main() -> None:
    scale = Scale.from_env()
    home = cluster.loaded(scale, load.load)
    missed = False
    print(f"{scale.establishments:,} establishments, {scale.providers} providers")
    print("| what | figure | promised | |\n|---|---|---|---|")
    logging.disable(logging.WARNING)  # a mailbox of development reads its messages aloud
    with cluster.running(home) as servers:
        staged = stage.set_up(servers)
        for line in measure.figures(staged, servers):
            print(
                f"| {line.name} | {line.figure} | {line.target} | {_MARKS[line.kept]} |", flush=True
            )
            missed = missed or line.kept is False
        with staged.app.app_context():
            db.engine.dispose()
    sys.exit(1 if missed and os.environ.get("BENCH_STRICT") else 0)


if __name__ == "__main__":
    main()
