"""What a check finds, in one word each; ``portal.vault.words`` has the sentences."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a file is not kept.  The value is what the database remembers."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNKNOWN_KIND = "unknown_kind"
    DISGUISED = "disguised"
    UNFINISHED = "unfinished"
    VIRUS = "virus"
    ARCHIVE_BROKEN = "archive_broken"
    ARCHIVE_ENTRIES = "archive_entries"
    ARCHIVE_SIZE = "archive_size"
    ARCHIVE_RATIO = "archive_ratio"
    ARCHIVE_PATH = "archive_path"
    ARCHIVE_TWICE = "archive_twice"
    ARCHIVE_NESTED = "archive_nested"
    ARCHIVE_LOCKED = "archive_locked"
    OFFICE_MACRO = "office_macro"
    OFFICE_OBJECT = "office_object"
    OFFICE_EXTERNAL = "office_external"
    OFFICE_XML = "office_xml"
    PDF_LOCKED = "pdf_locked"
    PDF_BROKEN = "pdf_broken"
    PDF_SCRIPT = "pdf_script"
    PDF_LAUNCH = "pdf_launch"
    PDF_OPENING = "pdf_opening"
    PDF_ATTACHED = "pdf_attached"
    PDF_FORM = "pdf_form"
    PDF_MEDIA = "pdf_media"
    IMAGE_BROKEN = "image_broken"
    IMAGE_PIXELS = "image_pixels"
    TEXT_ODD = "text_odd"
    TEXT_FORMULA = "text_formula"


class Failed(Exception):
    """The file is not kept, for this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
