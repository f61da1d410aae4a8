"""The sentences for every reason and doubt: English msgids, translated where they are shown."""

from collections.abc import Mapping

from portal.fleet.importer.plan import Fate, Note
from portal.fleet.importer.records import Caution, Doubt, FileReason, Reason, Refusal
from portal.kit.i18n import gettext

REASONS: Mapping[Reason, str] = {
    Reason.FINESS_MISSING: "The line has no FINESS number.",
    Reason.FINESS_SHAPE: "“%(value)s” is not a FINESS number: nine digits are expected.",
    Reason.FINESS_SCIENTIFIC: (
        "“%(value)s”: a spreadsheet rewrote this number and its digits are lost."
        " Format the column as text, then give the number again."
    ),
    Reason.FINESS_AMOUNT: (
        "“%(value)s” is an amount, with a sign or decimals, not a FINESS number."
    ),
    Reason.FINESS_IS_SIRET: "“%(value)s” looks like a SIRET, not like a FINESS number.",
    Reason.NAME_MISSING: "The establishment has no name.",
    Reason.FIELD_COUNT: "The line has %(found)s columns where %(expected)s are expected.",
    Reason.UNREADABLE: "The line holds signs that no usual encoding can read.",
    Reason.QUOTE_UNCLOSED: "A quotation mark is opened and never closed.",
    Reason.LINE_TOO_LONG: "The line is far too long to be one establishment.",
    Reason.LINE_CUT: "The file stops in the middle of this line: it was probably cut in transit.",
    Reason.UNKNOWN_SECTION: "The line belongs to an unknown section: “%(value)s”.",
    Reason.DUPLICATE: "The number %(value)s already stands on line %(first)s, which is kept.",
    Reason.NOT_IN_FILE: "The number %(value)s of your list is not in the file.",
    Reason.NOT_A_NUMBER: "“%(value)s” holds no FINESS number.",
    Reason.ALREADY_CLOSED: "The establishment %(value)s has been closed since %(date)s.",
}

DOUBTS: Mapping[Doubt, str] = {
    Doubt.CHECK_DIGIT: "The check digit of %(value)s is doubtful: compare it with your papers.",
    Doubt.LEADING_ZERO: "The leading zero of %(value)s was lost and has been put back.",
    Doubt.DECIMAL_TAIL: "%(value)s: the decimals a spreadsheet added were taken off.",
    Doubt.SCIENTIFIC_RESTORED: "%(value)s was rewritten by a spreadsheet and has been restored.",
    Doubt.ANS_PREFIX: "%(value)s: the leading 1 of national health identifiers was taken off.",
    Doubt.SIRET_DROPPED: "The SIRET “%(value)s” is wrong and was left out.",
    Doubt.SIRET_SCIENTIFIC: "The SIRET “%(value)s” lost its digits in a spreadsheet: left out.",
    Doubt.SIRET_LEADING_ZERO: "The leading zero of the SIRET %(value)s has been put back.",
    Doubt.SIREN_DROPPED: "The SIREN “%(value)s” is wrong and was left out.",
    Doubt.MANAGING_BODY_DROPPED: "The managing body's number “%(value)s” is wrong: left out.",
    Doubt.CATEGORY_CLOSED: "The category %(value)s no longer exists in the nomenclature.",
    Doubt.CATEGORY_UNKNOWN: "The category %(value)s is kept as “other”.",
    Doubt.DATE_DROPPED: "The date “%(value)s” cannot be read and was left out.",
    Doubt.DEPARTEMENT_UNKNOWN: "The département is unknown.",
    Doubt.CAPACITY_DROPPED: "The capacity “%(value)s” is not a number and was left out.",
    Doubt.ENCODING: "“%(value)s”: damaged accents. Save the file as UTF-8, then send it again.",
}

FILES: Mapping[FileReason, str] = {
    FileReason.EMPTY: "The file is empty. Choose the list of your establishments.",
    FileReason.TOO_LARGE: (
        "The file weighs %(size)s MB; %(largest)s MB are taken at most."
        " Send the compressed file (.gz) as it was downloaded."
    ),
    FileReason.TOO_MANY_LINES: (
        "The file has more than %(millions)s million lines: it cannot be a list of establishments."
    ),
    FileReason.SPREADSHEET: (
        "This is a workbook. Open it and save the sheet as CSV (UTF-8), then send the CSV."
    ),
    FileReason.ARCHIVE: "This is a compressed folder. Extract it and send the file it holds.",
    FileReason.ARCHIVE_BROKEN: "The compressed file is damaged. Download it again.",
    FileReason.DOCUMENT: "This is a document. Send a list in CSV, or a FINESS file.",
    FileReason.MARKUP: "This is a web page, not the file itself. Download the file again.",
    FileReason.BINARY: "This file is not a text. Send a list in CSV, or a FINESS file.",
    FileReason.NO_ROWS: "The file has a heading and not one establishment under it.",
    FileReason.NO_FINESS_COLUMN: (
        "No column of this file is named FINESS. Its first line reads: %(columns)s."
        " Name the column of the numbers “FINESS” and send the file again."
    ),
    FileReason.NO_NAME_COLUMN: (
        "No column of this file gives the name of the establishments."
        " Name it “Raison sociale” and send the file again."
    ),
    FileReason.BARE_NUMBERS: (
        "This file holds numbers alone. Choose the national file, then give this list of numbers."
    ),
    FileReason.NO_HEADER: (
        "The first line of this file is an establishment already. Put a line above it that names"
        " the columns, “FINESS” and “Raison sociale” among them."
    ),
    FileReason.OTHER_EXTRACT: (
        "This is another FINESS extract (“%(section)s”). The extract of establishments"
        " (“structureet”) is needed."
    ),
    FileReason.NOT_FINESS_JSON: (
        "This JSON is not the FINESS+ flow of structures: it holds no establishment."
    ),
    FileReason.JSON_BROKEN: (
        "The FINESS+ file is damaged (establishments read before the damage: %(rank)s)."
        " Download it again."
    ),
    FileReason.JSON_CUT: (
        "The FINESS+ file was cut in transit (establishments read before the cut: %(rank)s)."
        " Download it again."
    ),
    FileReason.CUT: (
        "The file stops in the middle of line %(line)s: it looks cut, and what came after is"
        " missing. Download or export it again."
    ),
}

NOTES: Mapping[Note, str] = {
    Note.ARCHIVED: "You have archived this establishment: it is left as it is.",
    Note.CLOSED_BEFORE: "The establishment is closed and not in your fleet.",
    Note.MISSING: "In your fleet and not in this file: it may have closed. It is left as it is.",
}

FATES: Mapping[Fate, str] = {
    Fate.CREATED: "created",
    Fate.UPDATED: "updated",
    Fate.UNCHANGED: "unchanged",
    Fate.CLOSED: "closed",
    Fate.IGNORED: "passed over",
    Fate.NOT_FOUND: "not found",
    Fate.MISSING: "not in the file",
    Fate.REFUSED: "refused",
}

INTENTS: Mapping[Fate, str] = {
    Fate.CREATED: "to create",
    Fate.UPDATED: "to update",
    Fate.CLOSED: "to close",
}
"""What a preview says instead: nothing is done yet."""

WAYS: Mapping[str, str] = {
    "removed": "out of the fleet",
    "restored": "former values",
    "reopened": "open again",
    "left": "left as it is",
}
"""What becomes of an establishment when the import that wrote it is undone."""

HELD: Mapping[str, str] = {
    "archived": "It has been archived since: it stays in the archive.",
    "edited": "Somebody has changed its sheet since: what they wrote stays.",
    "contract": "A contract has been signed since.",
    "attestation": "An attestation has been issued since.",
    "evidence_link": "A proof has been attached since.",
    "record_archive": "Its record has been taken away since.",
    "prior_record": "The record of an earlier provider has been taken over since.",
    "prior_file": "The record of an earlier provider has been taken over since.",
    "membership_establishment": "Somebody has been given access to it since.",
    "": "It has been put to use since.",
}
"""Why undoing leaves it alone: by the table that holds it, where one does."""

FIELDS: Mapping[str, str] = {
    "name": "name",
    "long_name": "full name",
    "category_code": "category code",
    "category_label": "category",
    "siret": "SIRET",
    "address": "address",
    "postcode": "postcode",
    "city": "city",
    "departement": "département",
    "region": "region",
    "phone": "telephone",
    "capacity": "capacity",
    "opened_on": "opening date",
    "closed_on": "closing date",
    "managing_body": "managing body",
}


def fate(it: Fate, *, written: bool) -> str:
    """What became of lines, or what would become of them, in the reader's language."""
    return str(gettext(FATES[it] if written else INTENTS.get(it, FATES[it])))


def refusal(it: Refusal) -> str:
    """Why a line is refused, in the reader's language."""
    return str(gettext(REASONS[it.reason], **it.values))


def caution(it: Caution) -> str:
    """What is odd in a line, in the reader's language."""
    return str(gettext(DOUBTS[it.doubt], value=it.value))


def file_refused(reason: FileReason, values: Mapping[str, str]) -> str:
    """Why a file is refused and what to do, in the reader's language."""
    return str(gettext(FILES[reason], **values))


def change(name: str, before: str, after: str) -> str:
    """One field that moves, on one line."""
    shown = (text.replace("\n", ", ") or "—" for text in (before, after))
    return f"{gettext(FIELDS[name])} : {' → '.join(shown)}"


def way(it: str) -> str:
    """What undoing makes of an establishment, in the reader's language."""
    return str(gettext(WAYS[it]))


def held(why: str) -> str:
    """Why undoing leaves an establishment alone, in the reader's language."""
    return str(gettext(HELD.get(why, HELD[""])))
