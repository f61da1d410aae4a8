"""Files made to take a machine up: verifiers answer within bounds, and never fall over."""

import resource
import subprocess
import sys
import uuid
import zlib
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.attestations import verification
from tenants.access import Actor
from tests.attestations import offline
from tests.attestations.offline import ALTERED, UNKNOWN, VALID, Case, answers

#: What a program may take here: a few times what the largest document needs.
MEMORY = 1_200_000_000
OURS = b"/T (Cachet)\n"
BOMB = zlib.compress(b"{" + b" " * 19_999_999, 9)
BOMBS = b"".join(b"1 0 obj<<>>stream\n%b\nendstream endobj\n" % BOMB for _ in range(90))
NESTED = b'stream\n{"a":' + b"[" * 200_000 + b"\nendstream "
HOSTILE = {
    "unpacked without end": (BOMBS, UNKNOWN),
    "nested without end": (NESTED + OURS, ALTERED),
    "one stream in another": (b"stream\n" * 300_000, UNKNOWN),
    "words of ours": (b"stream\n" + b'{"code":' * 300_000 + b"\nendstream", UNKNOWN),
    "a summary beside": (b'stream\n{"format":"treize-brief/1"}\nendstream\n' + BOMBS, UNKNOWN),
}


@pytest.mark.parametrize(("file", "answer"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_answered_within_bounds(tmp_path: Path, file: bytes, answer: int) -> None:
    program = Path(__file__).parents[2] / "verifier" / "treize_verifier.py"
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n" + file)

    found = subprocess.run(
        [sys.executable, "-I", program, tmp_path / "a.pdf"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert found.stderr == ""
    assert found.returncode == answer


def test_the_page_answers_them_as_the_program_does(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID], tmp_path: Path
) -> None:
    case: Case = offline.made(client, owner, fleet, tmp_path)
    files = [b"%PDF-1.7\n" + HOSTILE[name][0] for name in HOSTILE if "summary" not in name]

    assert answers(case, case.pdf, *files) == [VALID, UNKNOWN, ALTERED, UNKNOWN, UNKNOWN]


def test_the_end_of_a_stream_begins_none() -> None:
    """As many streams are looked into by the server as by the page."""
    code = b"/verifier?code=K7QD2M5X4TRAP3HW"
    packed = b"".join(b"stream\nx\nendstream\n" for _ in range(900))
    last = b"stream\n%b\nendstream\n" % zlib.compress(code)

    assert verification.carried_by(packed + last) == code[-16:].decode()
