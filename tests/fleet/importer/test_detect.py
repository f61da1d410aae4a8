"""Files that are no list of structures, each told apart."""

import gzip
import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.fleet.importer import detect, opening
from portal.fleet.importer.detect import Kind
from portal.fleet.importer.records import FileReason, FileRefused
from tests.fleet.importer.samples import EHPAD, METADATA, etalab_line, read, refused_file, text


def workbook(member: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, "…")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", FileReason.EMPTY),
        (b"\n \r\n\t\n", FileReason.EMPTY),
        (b"\xef\xbb\xbf", FileReason.EMPTY),
        (workbook("xl/workbook.xml"), FileReason.SPREADSHEET),
        (workbook("finess.csv"), FileReason.ARCHIVE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), FileReason.SPREADSHEET),
        (b"%PDF-1.7\n", FileReason.DOCUMENT),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), FileReason.BINARY),
        (bytes(range(256)) * 8, FileReason.BINARY),
        ("finess;nom\n".encode("utf-32"), FileReason.BINARY),
        (b"a" * 200_000, FileReason.BINARY),
        (b"<!DOCTYPE html><html>", FileReason.MARKUP),
        (text([METADATA]), FileReason.NO_ROWS),
        (text([METADATA, "structureej;010000008;X"]), FileReason.OTHER_EXTRACT),
        (text(["structureej;010000008;X"]), FileReason.OTHER_EXTRACT),
        (b"bonjour\n", FileReason.NO_FINESS_COLUMN),
        (gzip.compress(b"", mtime=0), FileReason.EMPTY),
        (b"\x1f\x8b\x08\x00garbage", FileReason.ARCHIVE_BROKEN),
    ],
)
def test_what_cannot_be_a_list_is_refused_for_what_it_is(data: bytes, reason: FileReason) -> None:
    assert refused_file(data) is reason


def test_a_file_over_500_mb_is_refused_before_a_byte_is_read() -> None:
    class Untouchable(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise AssertionError(size)

    with pytest.raises(FileRefused) as refused:
        opening.opened(Untouchable(), detect.LARGEST + 1)

    assert refused.value.reason is FileReason.TOO_LARGE
    assert refused.value.values == {"size": "501", "largest": "500"}


def test_an_archive_that_would_inflate_without_end_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening, "LARGEST_INFLATED", 1_000_000)
    bomb = gzip.compress(text([METADATA, *[etalab_line()] * 10_000]))

    assert refused_file(bomb) is FileReason.TOO_LARGE


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (text([METADATA, etalab_line()]), Kind.ETALAB),
        (text([etalab_line()]), Kind.ETALAB),
        (text(["finess;nom", f"{EHPAD};A"]), Kind.TABLE),
        (b' \n{"pmej": []}', Kind.FINESS_PLUS),
    ],
)
def test_each_format_is_recognised(data: bytes, kind: Kind) -> None:
    assert opening.opened(io.BytesIO(data), len(data)).sniffed.kind is kind


def test_the_day_of_an_extract_is_known() -> None:
    data = text([METADATA, etalab_line()])

    sniffed = opening.opened(io.BytesIO(data), len(data)).sniffed

    assert str(sniffed.extracted_on) == "2026-05-12"


def test_progress_reaches_the_size_of_the_file() -> None:
    data = text([METADATA, *[etalab_line()] * 5_000])
    opened = opening.opened(io.BytesIO(data), len(data))

    assert sum(1 for _ in opened.structures()) == 5_000
    assert opened.bytes_read == opened.size


@given(st.binary(max_size=2_000))
def test_no_bytes_at_all_break_the_reading(data: bytes) -> None:
    with suppress(FileRefused):
        read(data)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80), max_size=8))
def test_no_text_under_a_good_header_breaks_the_reading(lines: list[str]) -> None:
    found = read(text(["finess;nom;siret", f"{EHPAD};A;", *lines]))

    assert getattr(found[0], "finess", None) == EHPAD
