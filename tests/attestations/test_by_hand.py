"""docs/verifier.md: what a stranger is told to type works, and tells a changed document."""

import re
import subprocess
import uuid
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.attestations import succession
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tests.attestations import offline
from tests.attestations.offline import Case

GUIDE = Path(__file__).parents[2] / "docs/verifier.md"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
PORTAL = "https://portail.example"


@pytest.fixture
def case(client: FlaskClient, owner: Actor, fleet: list[uuid.UUID], tmp_path: Path) -> Case:
    return offline.made(client, owner, fleet, tmp_path)


def _typed(case: Case, pdf: bytes) -> subprocess.CompletedProcess[str]:
    """Every block of the guide in one shell, what it downloads put where it looks for it."""
    (case.folder / "document.pdf").write_bytes(pdf)
    size = case.verifier.carried(case.pdf)[0]["log"]["size"]
    published = {
        "/journal/confiance.json": case.client.get("/journal/confiance.json").data,
        "/journal/entier.bin": (case.folder / "log.bin").read_bytes(),
        f"/journal/coherence.json?de={size}": (case.folder / "later.json").read_bytes(),
        "/verifier/hors-ligne/treize_verifier.py": (
            case.folder / "treize_verifier.py"
        ).read_bytes(),
    }
    served = case.folder / "served"
    served.mkdir(exist_ok=True)
    for number, content in enumerate(published.values()):
        (served / str(number)).write_bytes(content)
    cases = "".join(
        f'"{PORTAL}{address}") cat served/{number};;\n' for number, address in enumerate(published)
    )
    curl = f'curl() {{ case "$2" in\n{cases}*) return 22;; esac; }}\n'
    script = f"PORTAIL={PORTAL}\n{curl}" + "\n".join(BLOCK.findall(GUIDE.read_text("utf-8")))
    return subprocess.run(
        ["sh", "-c", script], cwd=case.folder, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


def test_what_the_guide_has_one_type_accepts_our_document(case: Case) -> None:
    done = _typed(case, case.pdf)

    said = done.stdout + done.stderr
    for told in (
        "Signature is Valid", "Total document signed", "CMS Verification successful", "VALIDE",
        "données : celles de la preuve", "journal : ces données y sont",
        "Signature Verified Successfully", "revoked : non", "superseded : non",
    ):  # fmt: skip
        assert told in said, said
    assert said.count("VALIDE") == 3


def test_what_became_of_it_is_found_by_hand_too(case: Case) -> None:
    succession.revoke(case.owner, case.attestation_id, reason="Erreur", at=clock.now())
    db.session.commit()
    case.publish()

    said = _typed(case, case.pdf).stdout

    assert "revoked : oui" in said
    assert "superseded : non" in said
    assert "PLUS EN VIGUEUR" in said


def test_what_the_guide_has_one_type_refuses_a_changed_one(case: Case) -> None:
    changed = case.pdf.replace(b"/Lang", b"/Lamg", 1)

    done = _typed(case, changed)

    said = done.stdout + done.stderr
    assert "Digest Mismatch" in said
    assert "CMS Verification failure" in said
    assert "ALTÉRÉ" in said
    for never in ("Signature is Valid", "VALIDE"):
        assert never not in said
