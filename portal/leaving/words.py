"""What is said of an archive that is not taken: what is wrong, then what to do about it."""

from collections.abc import Mapping

from portal.kit.i18n import gettext
from portal.leaving.opening import Flaw
from portal.vault.checks.verdict import Reason
from portal.vault.words import REASONS

FLAWS: Mapping[Flaw, str] = {
    Flaw.NOT_ZIP: "This is not the archive of a record: choose the ZIP file as it was downloaded.",
    Flaw.NO_MANIFEST: "This ZIP has no manifest: it is not the archive of a record, or it was"
    " packed again. Choose the file as it was downloaded.",
    Flaw.BAD_MANIFEST: "The manifest of this archive cannot be read (%(why)s): ask for a new one.",
    Flaw.MISSING: "A file of the manifest is missing from this archive: %(name)s. Somebody took it"
    " out, or the copy is not whole: choose the file as it was downloaded.",
    Flaw.ALTERED: "A file of this archive is no longer the one in its manifest: %(name)s. Somebody"
    " changed it, or the copy is damaged: ask for a new archive.",
    Flaw.ADDED: "This archive holds a file that its manifest does not name: %(name)s. Somebody"
    " added it: choose the file as it was downloaded.",
    Flaw.SUMS_DIFFER: "The two lists of digests of this archive differ: somebody changed one of"
    " them. Ask for a new archive.",
    Flaw.BAD_RECORD: "The record in this archive cannot be read (%(why)s): ask for a new archive.",
    Flaw.CONTRADICTS: "This archive contradicts itself about %(name)s: somebody changed it. Ask for"
    " a new one.",
    Flaw.NO_FINESS: "This establishment has no FINESS number here: write it on its sheet first, for"
    " it is what tells whose archive it is.",
    Flaw.OTHER_PLACE: "This archive is that of %(whose)s, not of FINESS %(finess)s: open the right"
    " establishment, or choose another file.",
    Flaw.TWICE: "This very archive has been taken over already: it is in the record.",
}
#: Of the container itself.
TRAPS: Mapping[Reason, str] = {
    Reason.ARCHIVE_BROKEN: "This ZIP is damaged, or was put together by hand: choose the file as it"
    " was downloaded.",
    Reason.ARCHIVE_ENTRIES: "This ZIP holds more than 10,000 files: ask for the archive of this"
    " establishment alone.",
    Reason.ARCHIVE_SIZE: "This ZIP is larger than 2 GB once unpacked: ask for the archive of this"
    " establishment alone.",
    Reason.ARCHIVE_RATIO: "This ZIP unpacks to much more than it weighs, as a trap does.",
    Reason.ARCHIVE_PATH: "This ZIP holds a file whose name leads out of it, as a trap does.",
    Reason.ARCHIVE_TWICE: "This ZIP holds two files of the same name, as a trap does.",
    Reason.ARCHIVE_NESTED: "This ZIP holds another archive, as a trap does.",
    Reason.ARCHIVE_LOCKED: "This ZIP is locked by a password: choose it as it was downloaded.",
}


def refusal(flaw: str, values: Mapping[str, str]) -> str:
    """Why an archive is not taken, in the reader's language; ``flaw`` as the row keeps it."""
    known = {it.value: words for it, words in [*FLAWS.items(), *TRAPS.items()]}
    return str(gettext(known[flaw], **values))


def file_refusal(reason: str) -> str:
    """Why a file of an archive is left out, in the reader's language."""
    return str(gettext(REASONS[Reason(reason)]))
