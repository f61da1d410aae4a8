"""Each check alone, then all of them: what is true passes, what is hostile does not."""

import io

import pytest
import xlsxwriter
from pikepdf import Array, Dictionary, Name
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from portal.vault.checks import kinds
from portal.vault.checks.examination import examine
from portal.vault.checks.verdict import Failed, Reason
from portal.vault.words import REASONS
from tests.vault import disguised, hostile, packed, samples

CARRIED = [(name, samples.ALL[name]) for name in ("Essai.pdf", "note.docx", "capture.png")]


def found(name: str, content: bytes, declared: str = "") -> Reason | None:
    """Why it is not kept; ``None`` when it is."""
    try:
        examine(kinds.check(name, declared, content[: kinds.HEAD]), content)
    except Failed as failure:
        return failure.reason
    return None


@pytest.mark.parametrize("trap", hostile.ALL)
def test_nothing_hostile_is_taken_and_each_for_its_own_reason(trap: str) -> None:
    name, content, reason = hostile.ALL[trap]

    assert found(name, content) is reason


def test_there_are_at_least_sixty_of_them() -> None:
    assert len({content for _, content, _ in hostile.ALL.values()}) >= 60


def test_what_a_pdf_carries_passes_the_same_checks_and_is_named() -> None:
    carried = [("facture.xml", b"<?xml version='1.0'?><a/>"), ("b.json", b"{}"), *CARRIED]

    examined = examine("pdf", samples.carrying(*carried))

    assert examined.attached == sorted(name for name, _ in carried)
    assert examined.hints == []


def test_what_is_attached_is_read_for_what_looks_like_a_person_s_data() -> None:
    liste = "Résident;NIR\nA;1 85 05 78 006 084 91\n".encode()

    examined = examine("pdf", samples.carrying(("liste.csv", liste)))

    assert len(examined.hints) == 1


@pytest.mark.parametrize("name", samples.ALL)
def test_what_is_true_passes(name: str) -> None:
    assert found(name, samples.ALL[name]) is None


def test_every_reason_has_its_words_and_its_file() -> None:
    by_size_or_time = {Reason.TOO_LARGE, Reason.UNFINISHED, Reason.VIRUS}

    assert set(REASONS) == set(Reason)
    assert {reason for _, _, reason in hostile.ALL.values()} == set(Reason) - by_size_or_time


def test_a_byte_too_many_is_too_many() -> None:
    most = b"a\n" * (kinds.LIMIT // 2)

    assert found("a.txt", most) is None
    assert found("a.txt", most + b"a") is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("a.csv", "application/vnd.ms-excel"),
        ("a.csv", "text/csv; charset=utf-8"),
        ("a.jpg", "image/pjpeg"),
        ("a.docx", "application/octet-stream"),
        ("a.docx", ""),
    ],
)
def test_what_browsers_declare_agrees(name: str, declared: str) -> None:
    head = {"csv": b"a;b", "jpg": samples.JPEG, "docx": samples.DOCX}[name[2:]]

    assert found(name, head, declared) is None


@pytest.mark.parametrize("declared", ["text/html", "image/svg+xml", "application/pdf"])
def test_what_is_declared_otherwise_is_disguised(declared: str) -> None:
    assert found("a.png", samples.PNG, declared) is Reason.DISGUISED


def test_a_printer_s_settings_and_a_clicked_link_are_no_danger() -> None:
    parts = samples.xlsx_parts()
    parts["xl/printerSettings/printerSettings1.bin"] = b"\0\1"
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = (
        '<Relationships><Relationship TargetMode="External" Target="https://example.test" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"/>'
        "</Relationships>"
    )

    assert found("a.xlsx", samples.zipped(parts)) is None


def test_a_table_of_contents_and_a_page_number_are_no_danger() -> None:
    """Fields inside what a field came to, and in a condition, as Word writes them."""
    link = disguised.field("HYPERLINK \\l a", inside=disguised.field("PAGEREF a \\h"))
    fields = (
        disguised.field("TOC", inside=link),
        disguised.field(" IF ", disguised.field("PAGE"), ' = 1 "" "suite"'),
        disguised.field("=", disguised.field("PAGE"), "-1"),
        disguised.field(" REF link \\h "),
    )

    assert [found("a.docx", packed.body(one)) for one in fields] == [None] * len(fields)


def test_a_workbook_with_all_that_excel_draws_is_taken() -> None:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Parc")
        sheet.write_row(0, 0, ["Poste", 3, "=SUM(B1:B1)"])
        sheet.write_url(1, 0, "https://example.test/a?b=1", string="lien")
        sheet.write_comment(0, 0, "vu")
        sheet.insert_image(4, 0, "a.png", {"image_data": io.BytesIO(samples.PNG)})
        sheet.insert_textbox(9, 0, "à noter")
        sheet.insert_button(12, 0, {"caption": "ok"})
        sheet.data_validation(2, 0, 2, 0, {"validate": "list", "source": ["a", "b"]})
        sheet.add_table(20, 0, 22, 1)
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Parc!$B$1:$B$1"})
        sheet.insert_chart(4, 4, chart)
        book.define_name("Total", "=Parc!$B$1")

    assert found("a.xlsx", held.getvalue()) is None


def test_a_pdf_may_open_on_one_of_its_pages() -> None:
    opening = Dictionary(S=Name.GoTo, D=Array([]))

    assert found("a.pdf", samples.pdf(OpenAction=opening)) is None
    assert found("a.pdf", b"\n" + samples.PDF) is None


def test_an_image_loses_its_place_its_words_and_what_is_hung_behind_it() -> None:
    exif = Image.Exif()
    exif[0x9286] = "secret remark"
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x0112] = 6  # the camera was held upright
    taken = samples.image("JPEG", (8, 6), exif=exif, comment=b"secret comment") + b"secret tail"

    kept = examine("jpg", taken).rewritten or b""

    with Image.open(io.BytesIO(kept)) as image:
        assert (image.size, dict(image.getexif()), image.info.get("comment")) == ((6, 8), {}, None)
    assert b"secret" not in kept
    assert b"Exif" not in kept


def test_a_png_loses_its_place_its_words_and_its_other_pictures() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    words = PngInfo()
    words.add_text("Comment", "secret comment")
    words.add_itxt("XML:com.adobe.xmp", "<x>secret place</x>")
    more = [Image.new("RGB", (8, 6), (200, 0, 0))]
    taken = samples.image(
        "PNG", exif=exif, pnginfo=words, icc_profile=b"secret profile", save_all=True,
        append_images=more,
    )  # fmt: skip

    kept = examine("png", taken).rewritten or b""

    with Image.open(io.BytesIO(kept)) as image:
        assert (dict(image.getexif()), image.info) == ({}, {})
    for word in (b"secret", b"eXIf", b"tEXt", b"iTXt", b"iCCP", b"acTL", b"fdAT"):
        assert word not in kept


def test_a_photograph_of_a_telephone_loses_where_and_when_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0110], exif[0x0132] = "Telephone", "2026:06:15 12:00:00"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (48.0, 23.0, 0.0), "W", (4.0, 29.0, 0.0)
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>secret place</x:xmpmeta>"
    taken = samples.image("JPEG", (8, 6), exif=exif, xmp=xmp, icc_profile=b"secret profile")
    assert b"Telephone" in taken
    assert b"secret place" in taken

    kept = examine("jpg", taken).rewritten or b""

    with Image.open(io.BytesIO(kept)) as image:
        assert dict(image.getexif()) == {}
        assert not image.getexif().get_ifd(0x8825)
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not [word for word in (b"Telephone", b"secret", b"2026:06", b"Exif") if word in kept]


def test_a_png_keeps_what_shines_through() -> None:
    output = io.BytesIO()
    Image.new("RGBA", (2, 2), (1, 2, 3, 4)).save(output, "PNG")

    kept = examine("png", output.getvalue()).rewritten or b""

    with Image.open(io.BytesIO(kept)) as image:
        assert image.getpixel((0, 0)) == (1, 2, 3, 4)
