"""Counting what becomes of the lines, keeping the first of each kind and writing the report."""

import csv
from collections import Counter
from typing import IO, Any

from portal.fleet.importer import words
from portal.fleet.importer.plan import Fate, Note, Step
from portal.fleet.importer.records import Caution, Doubt, Reason, Refusal
from portal.kit import csvfile
from portal.kit.i18n import gettext

SAMPLE = 12
WARNED = "warned"
CUT = "cut_at"
"""Among the counts of a file that looks cut: the number of the line in whose midst it stops."""
DELIMITER = ";"

_QUIET = frozenset({Doubt.CATEGORY_UNKNOWN})
"""Doubts that ask nothing of anybody: they are in the report and are not counted as warnings."""


class Tally:
    """What an import does or would do; the report goes to a text file as the lines come."""

    def __init__(self, report: IO[str], *, written: bool) -> None:
        """Write the heading, after a mark that lets spreadsheets read the accents.

        What is not `written` is told as what would be done.
        """
        self._written = written
        self.cut_at = 0
        self._counts: Counter[str] = Counter()
        self._samples: dict[str, list[dict[str, Any]]] = {}
        report.write("\ufeff")
        self._report = csv.writer(report, delimiter=DELIMITER)
        self._report.writerow(
            [
                gettext("line"),
                gettext("source"),
                gettext("outcome"),
                gettext("FINESS"),
                gettext("name"),
                gettext("city"),
                gettext("detail"),
            ]
        )

    @property
    def counts(self) -> dict[str, int]:
        """Lines by fate, every fate named, and how many of the taken ones carry a warning.

        And where the file stops (`CUT`), when it looks cut: then others are missing after that.
        """
        counts = {kind: self._counts[kind] for kind in (*Fate, WARNED)}
        return {**counts, CUT: self.cut_at} if self.cut_at else counts

    @property
    def sample(self) -> list[dict[str, Any]]:
        """The first lines of each kind, as JSON, with codes for words."""
        return [line for kind in (*Fate, WARNED) for line in self._samples.get(kind, [])]

    def take(self, step: Step) -> None:
        """Count one line and report it, unchanged ones too: all that was considered is there."""
        self._counts[step.fate] += 1
        self._keep(step.fate, step)
        if step.refusal and step.refusal.reason is Reason.LINE_CUT:
            self.cut_at = step.line
        if any(it.doubt not in _QUIET for it in step.cautions):
            self._counts[WARNED] += 1
            self._keep(WARNED, step)
        self._write(step)

    def _keep(self, kind: str, step: Step) -> None:
        kept = self._samples.setdefault(kind, [])
        if kind != Fate.UNCHANGED and len(kept) < SAMPLE:
            kept.append(as_json(kind, step))

    def _write(self, step: Step) -> None:
        line = as_json(step.fate, step)
        self._report.writerow(
            [
                step.line or "",
                place(line),
                words.fate(step.fate, written=self._written),
                csvfile.cell(step.finess or ""),
                csvfile.cell(line["name"]),
                csvfile.cell(line["city"]),
                csvfile.cell(in_one(line)),
            ]
        )


def as_json(kind: str, step: Step) -> dict[str, Any]:
    """One line for the preview: codes and values, so that each reader gets her own language."""
    told = step.record or (step.known if step.fate is Fate.MISSING else None)
    return {
        "kind": kind,
        "line": step.line,
        "finess": step.finess or "",
        "name": told.name if told else "",
        "city": (told.city if told else None) or "",
        "reason": step.refusal.reason.value if step.refusal else None,
        "values": step.refusal.values if step.refusal else {},
        "listed": step.refusal.listed if step.refusal else False,
        "note": step.note.value if step.note else None,
        "doubts": [[it.doubt.value, it.value] for it in step.cautions],
        "changes": {name: list(pair) for name, pair in step.changes.items()},
    }


def place(line: dict[str, Any]) -> str:
    """Where a line made by `as_json` stands: in the file, in the list, or only in the fleet."""
    if line["kind"] == Fate.MISSING:
        return str(gettext("fleet"))
    return str(gettext("list") if line["listed"] else gettext("file"))


def detail(line: dict[str, Any]) -> list[str]:
    """Everything there is to say of a line made by `as_json`, a sentence each."""
    said = [words.change(name, *pair) for name, pair in line["changes"].items()]
    if line["reason"]:
        reason = Reason(line["reason"])
        said.append(words.refusal(Refusal(line["line"], reason, line["values"])))
    if line["note"]:
        said.append(gettext(words.NOTES[Note(line["note"])]))
    return said + [words.caution(Caution(Doubt(code), value)) for code, value in line["doubts"]]


def in_one(line: dict[str, Any]) -> str:
    """What `detail` says, on one line: changes are no sentences, semicolons tell them apart."""
    said = detail(line)
    changes = len(line["changes"])
    return " ".join(filter(None, ("; ".join(said[:changes]), *said[changes:])))
