"""Whatever the journal notes, its readers are told in words of their language."""

import re
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_babel import force_locale

from portal import worker
from portal.journal.views import KINDS
from portal.kit.i18n import LOCALES
from portal.tracking.models import Verdict
from portal.tracking.service import PAST
from tests.house import tree

SUBJECTS = (
    "action", "assessment", "attestation", "brief", "calendar", "collection", "contest", "contract",
    "directory", "engagement", "establishment", "evidence", "import", "invitation", "mail",
    "member", "offering", "record", "reminder", "request", "requirement", "statement", "tenant",
    "vault", "work",
)  # fmt: skip
ACTION = re.compile(rf"""["']((?:{"|".join(SUBJECTS)})\.[a-z_]+)["']""")
WRITES = re.compile(r"\baudit\.record\(|INSERT INTO audit_event")


def _actions() -> set[str]:
    """Every action that a module which writes the journal names."""
    sources = [path.read_text("utf-8") for path in tree.python_files("portal")]
    written = {
        action for source in sources if WRITES.search(source) for action in ACTION.findall(source)
    }
    return written - worker.JOBS.keys() | {f"requirement.{PAST[verdict]}" for verdict in Verdict}


ACTIONS = sorted(_actions())
#: What a call that notes a deed says first of it.
NOTED = re.compile(r"""(?:audit\.record|_note|_said|_record)\(\s*[^,()]+,\s*f?["']([a-z_]+)\.""")


def _told(app: Flask, action: str, language: str) -> str:
    event = SimpleNamespace(action=action, details={"status": "implemented", "to": "Ann"})
    with app.test_request_context(), force_locale(language):
        module = app.jinja_env.get_template("macros/deeds.html").make_module()
        return str(module.deed(event)).strip()  # type: ignore[attr-defined]  # a macro


def test_the_journal_s_actions_are_found() -> None:
    assert {"reminder.sent", "requirement.proof_lapsed", "requirement.recognised"} <= {*ACTIONS}
    assert len(ACTIONS) > 35


def test_no_deed_is_noted_of_a_subject_that_is_not_listed_here() -> None:
    noted = {
        subject
        for path in tree.python_files("portal")
        for subject in NOTED.findall(path.read_text("utf-8"))
    }

    assert len(noted) > 15
    assert noted - {*SUBJECTS} == set()


def test_the_journal_can_be_narrowed_to_each_subject_in_words(app: Flask) -> None:
    assert sorted(KINDS) == sorted(SUBJECTS)
    for language in LOCALES:
        with app.test_request_context(), force_locale(language):
            words = app.jinja_env.get_template("journal/_words.html").make_module()
            told = [str(words.kind_word(kind)).strip() for kind in KINDS]  # type: ignore[attr-defined]  # a macro
        assert "" not in told
        assert len({*told}) == len(KINDS)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_words_in_both_languages(app: Flask, action: str) -> None:
    told = {_told(app, action, language) for language in LOCALES}

    assert action not in told
    assert len(told) == len(LOCALES)
