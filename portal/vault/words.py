"""What is said of a file that is not kept: what is wrong, then what to do about it."""

from portal.vault.checks.verdict import Reason

REASONS: dict[Reason, str] = {
    Reason.EMPTY: "This file is empty.",
    Reason.TOO_LARGE: "This file is too large: 10 MB at most. Compress its images, or split it.",
    Reason.UNKNOWN_KIND: "This kind of file is not accepted: PDF, PNG and JPEG images, Word,"
    " Excel and OpenDocument files, text or CSV only.",
    Reason.DISGUISED: "The content of this file is not what its name says: save it again from"
    " the program that made it.",
    Reason.UNFINISHED: "This file could not be examined to its end: print it as a plain PDF.",
    Reason.VIRUS: "The antivirus recognises malicious software in this file. Do not open it, and"
    " look at the machine it comes from.",
    Reason.ARCHIVE_BROKEN: "This document is damaged, or was put together by hand: save it again.",
    Reason.ARCHIVE_ENTRIES: "This document has too many parts: print it as a PDF.",
    Reason.ARCHIVE_SIZE: "This document is too large once unpacked: print it as a PDF.",
    Reason.ARCHIVE_RATIO: "This document unpacks to much more than it weighs, as a trap does.",
    Reason.ARCHIVE_PATH: "This document has a part whose name leads out of it, as a trap does.",
    Reason.ARCHIVE_TWICE: "This document has two parts of the same name, as a trap does.",
    Reason.ARCHIVE_NESTED: "This document holds another archive: deposit that file by itself.",
    Reason.ARCHIVE_LOCKED: "This document is locked by a password: deposit it unlocked.",
    Reason.OFFICE_MACRO: "This document holds macros: save it without them, or print it as a PDF.",
    Reason.OFFICE_OBJECT: "This document holds another file inside it: take it out, or print it as"
    " a PDF.",
    Reason.OFFICE_EXTERNAL: "This document fetches something from elsewhere when it is opened:"
    " break its links, or print it as a PDF.",
    Reason.OFFICE_XML: "This document is not written as its format asks: save it again.",
    Reason.PDF_LOCKED: "This PDF is locked: deposit it without password or restriction.",
    Reason.PDF_BROKEN: "This PDF is damaged: print it again as a PDF.",
    Reason.PDF_SCRIPT: "This PDF holds a script: print it again as a plain PDF.",
    Reason.PDF_LAUNCH: "This PDF starts a program or opens another file: print it as a plain PDF.",
    Reason.PDF_OPENING: "This PDF acts by itself when it is opened: print it as a plain PDF.",
    Reason.PDF_ATTACHED: "This PDF has a file attached that is not accepted by itself: take it"
    " out, and deposit the others alone.",
    Reason.PDF_FORM: "This PDF holds an active form: print it as a plain PDF.",
    Reason.PDF_MEDIA: "This PDF holds sound, video or 3D: print it as a plain PDF.",
    Reason.IMAGE_BROKEN: "This image cannot be decoded: take the picture again.",
    Reason.IMAGE_PIXELS: "This image has too many pixels: 40 million at most.",
    Reason.TEXT_ODD: "This text holds signs that no text has: save it again as UTF-8.",
    Reason.TEXT_FORMULA: "This table holds a formula that calls a program or an address: export"
    " its values only.",
}
