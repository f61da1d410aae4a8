"""Times, query counts, and ratios to a bare route, measured in turn in one run."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bench import finess, neutral, orders, timed
from bench.cluster import Servers
from bench.figure import Figure
from bench.stage import BIG, SMALL, Stage
from bench.walker import counted

RUNS, WARM = 60, 12
LINES = 110_000
DOCUMENTS = 60


def pages(stage: Stage, _: Servers) -> Iterator[Figure]:
    establishment = f"/{BIG}/etablissements/{stage.establishment}"
    board = stage.walker.get(f"/{BIG}/parc")
    yield page_figure(stage, "board, 50 of 1,000", board, sql=12, ratio=6)
    yield page_figure(
        stage, "board, 50 of 100", stage.small().get(f"/{SMALL}/parc"), sql=12, ratio=6
    )
    yield page_figure(stage, "board right after a change", _after(stage.exceptions(), board))
    sorted_board = stage.walker.get(f"/{BIG}/parc?sort=proven&question=3")
    yield page_figure(stage, "board sorted by question 3", sorted_board)
    yield page_figure(stage, "establishment", stage.walker.get(establishment), sql=15, ratio=6)
    yield page_figure(stage, "one requirement updated", stage.exceptions(), sql=15, ratio=4)
    yield page_figure(stage, "requirements", stage.walker.get(f"/{BIG}/exigences"))
    yield page_figure(stage, "evidence shelf", stage.walker.get(f"/{BIG}/preuves"))
    yield page_figure(stage, "attestations", stage.walker.get(f"/{BIG}/attestations"))
    yield _declared(stage)
    yield from _neutral(stage)


def page_figure(
    stage: Stage,
    name: str,
    send: Callable[[], float],
    *,
    sql: int | None = None,
    ratio: float | None = None,
) -> Figure:
    """Times and SQL of one request, beside the bare route; kept where no more than promised."""
    for _ in range(WARM):
        send()
        stage.bare()
    with counted(stage.app) as sent:
        send()
    statements = len(sent)
    bare, timed = [], []
    for _ in range(RUNS):
        bare.append(stage.bare())
        timed.append(send())
    times = statistics.median(timed) / statistics.median(bare)
    p95 = statistics.quantiles(timed, n=20)[18]
    said = (
        f"p50 {statistics.median(timed) * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms,"
        f" {statements} SQL, {times:.1f} x bare"
    )
    if sql is None:
        return Figure(name, said)
    target = f"at most {sql} SQL" + (f", {ratio:g} x bare" if ratio else "")
    return Figure(name, said, target, statements <= sql and (ratio is None or times <= ratio))


def _after(change: Callable[[], float], page: Callable[[], float]) -> Callable[[], float]:
    """The page alone is timed, with nothing left of what was kept for it."""

    def send() -> float:
        change()
        return page()

    return send


def _declared(stage: Stage) -> Figure:
    send = stage.declarations()
    send()
    timed = [send() for _ in range(9)]
    median = statistics.median(timed)
    return Figure(
        "statement changed for 1,000 clients", f"{median * 1e3:.0f} ms", "0.2 s", median <= 0.2
    )


def _neutral(stage: Stage) -> Iterator[Figure]:
    """The same work is done for any address (tests/accounts/test_neutral.py): the same time."""
    for page, (known, unknown) in neutral.ratios(stage).items():
        ratio = known / unknown
        yield Figure(
            f"{page}, address known : unknown",
            f"{known * 1e3:.1f} : {unknown * 1e3:.1f} ms, {ratio:.2f} x",
            "0.8 to 1.25 x",
            0.8 <= ratio <= 1.25,
        )


_READER = """
import sys, time
from pathlib import Path
from portal.fleet.importer.opening import opened
began = time.perf_counter()
path = Path(sys.argv[1])
with path.open("rb") as stream:
    count = sum(1 for _ in opened(stream, path.stat().st_size).structures())
seconds = time.perf_counter() - began
# Not ``ru_maxrss``: it remembers the process that started this one.
status = Path("/proc/self/status").read_text()
print(count, seconds, status.partition("VmHWM:")[2].split()[0])
"""


def read_lines(_stage: Stage, _servers: Servers) -> Iterable[Figure]:
    """The national extract read in a process of its own, for its memory."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "etalab.csv"
        path.write_text("".join(line + "\n" for line in finess.etalab(LINES)), "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", _READER, str(path)], capture_output=True, text=True, check=True
        )
    count, seconds, kilobytes = done.stdout.split()
    megabytes = int(kilobytes) / 1024
    yield Figure(
        f"{int(count):,} FINESS lines read",
        f"{float(seconds):.1f} s, {megabytes:.0f} MB",
        "15 s, 200 MB",
        float(seconds) <= 15 and megabytes <= 200,
    )


def documents(stage: Stage, servers: Servers) -> Iterable[Figure]:
    """Attestations ordered and compiled in earnest; a thousand of them with ``BENCH_FULL=1``."""
    count = 1000 if os.environ.get("BENCH_FULL") else DOCUMENTS
    run = orders.made(stage, servers, count)
    yield Figure(
        "one attestation", f"p50 {run.median:.2f} s, p95 {run.p95:.2f} s", "1 s", run.p95 <= 1
    )
    said = f"ordered in {run.ordering:.1f} s, made in {run.compiling:.0f} s by two workers"
    if count < 1000:
        yield Figure(f"{count} attestations", said)
    else:
        yield Figure("1,000 attestations", said, "8 min", run.ordering + run.compiling <= 8 * 60)
    yield from timed.figures(stage, servers)
