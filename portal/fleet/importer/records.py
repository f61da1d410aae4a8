"""What a reader yields: a structure, or the refusal of a line, with every doubt said."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Reason(StrEnum):
    """Why one line is refused."""

    FINESS_MISSING = "finess_missing"
    FINESS_SHAPE = "finess_shape"
    FINESS_SCIENTIFIC = "finess_scientific"
    FINESS_AMOUNT = "finess_amount"
    FINESS_IS_SIRET = "finess_is_siret"
    NAME_MISSING = "name_missing"
    FIELD_COUNT = "field_count"
    UNREADABLE = "unreadable"
    QUOTE_UNCLOSED = "quote_unclosed"
    LINE_TOO_LONG = "line_too_long"
    LINE_CUT = "line_cut"
    UNKNOWN_SECTION = "unknown_section"
    DUPLICATE = "duplicate"
    NOT_IN_FILE = "not_in_file"
    NOT_A_NUMBER = "not_a_number"
    ALREADY_CLOSED = "already_closed"


class Doubt(StrEnum):
    """What is odd in a line that is taken all the same."""

    CHECK_DIGIT = "check_digit"
    LEADING_ZERO = "leading_zero"
    DECIMAL_TAIL = "decimal_tail"
    SCIENTIFIC_RESTORED = "scientific_restored"
    ANS_PREFIX = "ans_prefix"
    SIRET_DROPPED = "siret_dropped"
    SIRET_SCIENTIFIC = "siret_scientific"
    SIRET_LEADING_ZERO = "siret_leading_zero"
    SIREN_DROPPED = "siren_dropped"
    MANAGING_BODY_DROPPED = "managing_body_dropped"
    CATEGORY_CLOSED = "category_closed"
    CATEGORY_UNKNOWN = "category_unknown"
    DATE_DROPPED = "date_dropped"
    DEPARTEMENT_UNKNOWN = "departement_unknown"
    CAPACITY_DROPPED = "capacity_dropped"
    ENCODING = "encoding"


class FileReason(StrEnum):
    """Why a whole file is refused."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_LINES = "too_many_lines"
    SPREADSHEET = "spreadsheet"
    ARCHIVE = "archive"
    ARCHIVE_BROKEN = "archive_broken"
    DOCUMENT = "document"
    MARKUP = "markup"
    BINARY = "binary"
    NO_ROWS = "no_rows"
    NO_FINESS_COLUMN = "no_finess_column"
    NO_NAME_COLUMN = "no_name_column"
    BARE_NUMBERS = "bare_numbers"
    NO_HEADER = "no_header"
    OTHER_EXTRACT = "other_extract"
    NOT_FINESS_JSON = "not_finess_json"
    JSON_BROKEN = "json_broken"
    JSON_CUT = "json_cut"
    CUT = "cut"


class FileRefused(Exception):
    """The file cannot be read as a list of structures; `values` fill the words of the reason."""

    def __init__(self, reason: FileReason, **values: str) -> None:
        """Keep the reason as a code: words are found where a person reads them."""
        super().__init__(reason.value)
        self.reason = reason
        self.values = values


@dataclass(frozen=True, slots=True)
class Caution:
    """One doubt about a line, with the value at fault."""

    doubt: Doubt
    value: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that is not taken. `line` counts from 1 (structures, in a JSON flow)."""

    line: int
    reason: Reason
    values: dict[str, str] = field(default_factory=dict)
    finess: str | None = None
    listed: bool = False
    """The line is one of the list of wanted numbers, not of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureRecord:
    """One establishment as a file describes it, cleaned; None where the file says nothing.

    `departement` is an INSEE code, `region` a name; `closed_on` is set only when the source says
    that the establishment itself is closed.
    """

    line: int
    finess: str
    name: str
    long_name: str | None = None
    managing_body_finess: str | None = None
    managing_body_name: str | None = None
    managing_body_siren: str | None = None
    category_code: str | None = None
    category_label: str | None = None
    siret: str | None = None
    address: str | None = None
    postcode: str | None = None
    city: str | None = None
    departement: str | None = None
    region: str | None = None
    phone: str | None = None
    capacity: int | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    source_updated_on: date | None = None
    cautions: tuple[Caution, ...] = ()


Outcome = StructureRecord | Refusal
