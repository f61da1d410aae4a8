"""The edition in force is whole; a broken or altered one is refused, file and line named."""

import hashlib
import shutil
from dataclasses import FrozenInstanceError, astuple
from datetime import date
from pathlib import Path

import pytest

from portal.guide import loader
from portal.guide.edition import Edition
from portal.guide.sealed import EditionError, Fault


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A copy of the published edition, to be broken."""
    return Path(shutil.copytree(loader.EDITIONS / loader.CURRENT, tmp_path / "draft"))


def seal(folder: Path) -> None:
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in loader.FILES
    ]
    (folder / "SHA256SUMS").write_text("".join(lines))


def replace(folder: Path, file: str, old: str, new: str) -> int:
    """Change the first ``old`` of a file and seal it again; the line it stood on."""
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    seal(folder)
    return text[: text.index(old)].count("\n") + 1


def faults(folder: Path) -> list[Fault]:
    with pytest.raises(EditionError) as raised:
        loader.load(folder)
    return raised.value.faults


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    return [text for each in value for text in texts(each)] if isinstance(value, tuple) else []


@pytest.fixture(scope="module")
def edition() -> Edition:
    return loader.current()


def test_the_edition_in_force_has_thirteen_questions_and_79_requirements(edition: Edition) -> None:
    assert [question.number for question in edition.questions] == list(range(1, 14))
    assert len(edition.requirements) == 79
    assert all(edition.by_question[number] for number in range(1, 14))
    assert {tier: sum(r.tier == tier for r in edition.requirements) for tier in edition.tiers} == {
        "baseline": 59,
        "reinforced": 20,
    }
    assert len(edition.offerings) == 14


def test_no_title_is_called_confirmed_before_somebody_compared_it(edition: Edition) -> None:
    assert [question.number for question in edition.questions if question.title_confirmed] == []


def test_every_requirement_a_provider_bears_is_carried_by_some_offering(edition: Edition) -> None:
    carried = {code for offering in edition.offerings for code in offering.carries}
    left = {r.code for r in edition.requirements if r.bearer != "establishment"} - carried
    helped = {code for offering in edition.offerings for code in offering.supports}

    assert left <= helped


def test_what_remains_is_said_for_shared_requirements_and_only_there(edition: Edition) -> None:
    said = {r.code for r in edition.requirements if r.remains}

    assert said == {r.code for r in edition.requirements if r.bearer == "shared"}


def test_french_is_typeset_as_french(edition: Edition) -> None:
    every = [text for part in astuple(edition) for text in texts(part)]

    straight = [text for text in every if "'" in text or '"' in text]
    loose = [text for text in every if any(f" {sign}" in text for sign in ":;!?»") or "« " in text]
    assert (straight, loose) == ([], [])


def test_an_edition_cannot_be_changed_in_memory(edition: Edition) -> None:
    with pytest.raises(FrozenInstanceError):
        edition.requirements[0].weight = 3  # type: ignore[misc]  # what the test is about


def test_reviews_and_proofs_last_whole_months(edition: Edition) -> None:
    requirement = edition.requirement("PARC-01")

    assert requirement.review_due(date(2026, 8, 31)) == date(2027, 2, 28)
    assert requirement.valid_until(date(2027, 8, 29)) == date(2028, 2, 29)


def test_a_sound_copy_loads_and_says_the_same(draft: Path) -> None:
    assert loader.load(draft) == loader.current()


@pytest.mark.parametrize("file", loader.FILES)
def test_one_altered_byte_is_refused(draft: Path, file: str) -> None:
    content = bytearray((draft / file).read_bytes())
    content[2] ^= 1  # inside the comment on the first line: the data stay the same
    (draft / file).write_bytes(content)

    found = faults(draft)

    assert [(fault.file, "altered" in fault.reason) for fault in found] == [(file, True)]


def test_an_altered_and_broken_file_is_told_both(draft: Path) -> None:
    path = draft / "requirements.yaml"
    path.write_text(path.read_text("utf-8").replace("weight: 3", "weight: 30", 1), "utf-8")

    found = faults(draft)

    assert ["altered" in fault.reason for fault in found] == [True, False]
    assert "weight" in found[1].reason
    assert found[1].line > 1


def test_a_missing_file_and_a_missing_manifest_are_refused(draft: Path) -> None:
    (draft / "offerings.yaml").unlink()
    assert [(f.file, f.reason) for f in faults(draft)] == [
        ("offerings.yaml", "the file is missing")
    ]

    (draft / "SHA256SUMS").unlink()
    assert [f.file for f in faults(draft)] == ["SHA256SUMS"]


@pytest.mark.parametrize(
    "line", ["deadbeef  edition.yaml", "not a manifest", f"{'g' * 64}  edition.yaml", ""]
)
def test_a_damaged_manifest_is_refused(draft: Path, line: str) -> None:
    manifest = draft / "SHA256SUMS"
    manifest.write_text(f"{line}\n" + "\n".join(manifest.read_text().splitlines()[1:]))

    assert faults(draft)


def test_a_file_that_the_manifest_adds_is_refused(draft: Path) -> None:
    with (draft / "SHA256SUMS").open("a") as manifest:
        manifest.write(f"{'0' * 64}  extra.yaml\n")

    assert [f.file for f in faults(draft)] == ["SHA256SUMS"]


BREAKAGES = [
    ("edition.yaml", "language: fr", "language: en", "language"),
    ("edition.yaml", "id: '2026.1'", "id: first", "id"),
    ("edition.yaml", "published_on: '2026-11-23'", "published_on: '2026-11-31'", "published_on"),
    ("questions.yaml", "number: 2\n", "number: 14\n", "number"),
    ("questions.yaml", "number: 2\n", "number: true\n", "number"),
    ("questions.yaml", "title_confirmed: false", "title_confirmed: maybe", "title_confirmed"),
    ("questions.yaml", "short: Sauvegardes", f"short: {'S' * 41}", "short"),
    ("questions.yaml", "short: Sauvegardes", "short: ''", "short"),
    ("questions.yaml", "short: Sauvegardes", "short: 12", "short"),
    ("questions.yaml", "short: Sauvegardes", "shrot: Sauvegardes", "shrot"),
    ("requirements.yaml", "title: Inventaire des logiciels", "title: [a]", "title"),
    ("requirements.yaml", "question: 2\n", "question: 0\n", "question"),
    ("requirements.yaml", "question: 2\n", "question: '2'\n", "question"),
    ("requirements.yaml", "weight: 2", "weight: 4", "weight"),
    ("requirements.yaml", "weight: 2", "weight: 2.5", "weight"),
    ("requirements.yaml", "bearer: shared", "bearer: partage", "bearer"),
    ("requirements.yaml", "tier: reinforced", "tier: renforce", "tier"),
    ("requirements.yaml", "review_months: 6", "review_months: 0", "review_months"),
    ("requirements.yaml", "condition: online_services", "condition: sometimes", "condition"),
    ("requirements.yaml", "also_questions: [3]", "also_questions: [14]", "also_questions"),
    ("requirements.yaml", "also_questions: [3]", "also_questions: [1]", "also_questions"),
    ("offerings.yaml", "supports: [INC-06, EXT-05]", "supports: [INC-99]", "INC-99"),
    ("offerings.yaml", "supports: [INC-06, EXT-05]", "supports: [SAUV-01]", "SAUV-01"),
    ("offerings.yaml", "code: sauvegarde", "code: Sauvegarde !", "code"),
]


@pytest.mark.parametrize(("file", "old", "new", "word"), BREAKAGES)
def test_a_broken_field_is_refused_on_its_line(
    draft: Path, file: str, old: str, new: str, word: str
) -> None:
    line = replace(draft, file, old, new)

    found = faults(draft)

    assert (file, line) in [(fault.file, fault.line) for fault in found]
    assert word in "".join(fault.reason for fault in found if fault.line == line)


NESTED = [
    ("edition.yaml", "    - ponctuel\n", "", "scale"),
    ("edition.yaml", "  always: ", "  sometimes: ", "conditions"),
    ("requirements.yaml", "    hygiene: [4, 7]", "    hygiene: [4, 43]", "references"),
    ("requirements.yaml", "iso27002: ['5.9']", "iso27002: ['5.38']", "references"),
    ("requirements.yaml", "iso27002: ['5.9']", "iso27002: [5.9]", "references"),
    ("requirements.yaml", "nis2: [i]", "nis2: [k]", "references"),
    ("requirements.yaml", "rgpd: ['32']", "gdpr: ['32']", "references"),
    ("requirements.yaml", "    valid_months: 6", "    valid_months: 61", "proof"),
    ("questions.yaml", "    - Aucun inventaire, ou liste", "    # - Aucun", "levels"),
]


@pytest.mark.parametrize(("file", "old", "new", "field"), NESTED)
def test_what_is_wrong_inside_a_field_is_refused_at_the_field(
    draft: Path, file: str, old: str, new: str, field: str
) -> None:
    line = replace(draft, file, old, new)

    (fault,) = faults(draft)

    assert fault.file == file
    assert 0 <= line - fault.line <= 16
    assert f"« {field} »" in fault.reason


def test_missing_doubled_and_orphan_entries_are_refused(draft: Path) -> None:
    replace(draft, "requirements.yaml", "code: PARC-02", "code: PARC-01")

    reasons = " ".join(str(fault) for fault in faults(draft))

    assert "PARC-01 stands already on line 2" in reasons
    assert "PARC-02 is no requirement" in reasons


def test_a_key_given_twice_is_refused(draft: Path) -> None:
    line = replace(draft, "plain-words.yaml", "PARC-02:\n", "PARC-01:\n")

    (fault,) = faults(draft)

    assert (fault.file, fault.line) == ("plain-words.yaml", line)
    assert "twice" in fault.reason


def test_every_fault_is_told_not_only_the_first(draft: Path) -> None:
    one = replace(draft, "questions.yaml", "number: 3\n", "number: 33\n")
    two = replace(draft, "requirements.yaml", "weight: 3", "weight: heavy")
    three = replace(draft, "requirements.yaml", "tier: reinforced", "tier: gold")

    found = {(fault.file, fault.line) for fault in faults(draft)}

    assert found == {
        ("questions.yaml", one),
        ("requirements.yaml", two),
        ("requirements.yaml", three),
    }


@pytest.mark.parametrize("file", ["edition.yaml", "requirements.yaml", "plain-words.yaml"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"12",
        b"[]",
        b"[1, 2]",
        b"a: b",
        b"- a: b",
        b"- - a",
        b"{1: 2}",
        b"- {1: 2, [3]: 4}",
        b"- {? {a: b} : c}",
        b"PARC-01: text",
        b"- &a [*a]",
        b"&a {b: *a}",
        b"- <<: {title: x}",
        b"- !!python/object/apply:os.system [true]",
        b"a: [",
        b"\t- a",
        b"\xff\xfe\x00a",
        b"- a: \x00",
        b"--- 1\n--- 2",
    ],
)
def test_nonsense_is_refused_and_never_crashes(draft: Path, file: str, content: bytes) -> None:
    (draft / file).write_bytes(content)
    seal(draft)

    assert {fault.file for fault in faults(draft)} == {file}
