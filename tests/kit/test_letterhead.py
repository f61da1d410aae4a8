"""What mail readers see of headers that are long or beyond seven bits, as it travels."""

import random
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

from portal.kit import mail
from portal.kit.letterhead import WIRE

ADDRESS = f"https://portail.exemple.fr/rappels/desabonner/{'WyJ0' * 70}.signe"
WORDS = [
    *("échéances", "dont", "la", "semaine", ":", "12", "à", "l’équipe", "Évaluation", "dans", "7"),
    *("jours", "Déclaré", "Ménier", "EHPAD", "🙂", "contestations"),
]


def _travelling(**said: str) -> bytes:
    known = {
        "sender": "Treize <portail@treize.example>", "to_name": "Hélène",
        "to_address": "helene@ehpad.example", "subject": "3 échéances", "text": "Bonjour.\n",
        "html": "<p>Bonjour.</p>", "message_id": f"<{'a' * 90}@treize.example>",
    }  # fmt: skip
    message = mail.write(
        **{**known, **said},
        at=datetime(2026, 11, 23, 11, tzinfo=UTC),
        headers={"List-Unsubscribe": f"<{ADDRESS}>"},
    )
    return message.as_bytes(policy=WIRE)


def _unfolded(raw: bytes, name: str) -> str:
    """A header's value with its lines joined, as RFC 5322 reads it."""
    (value,) = (
        value for known, value in message_from_bytes(raw, policy=policy.compat32).items()
        if known == name
    )  # fmt: skip
    return str(value).replace("\r\n", "").replace("\n", "").strip()


def test_the_address_that_a_mail_reader_s_button_asks_is_there_to_the_letter() -> None:
    raw = _travelling()

    assert f"<{ADDRESS}>".encode() in raw
    assert _unfolded(raw, "List-Unsubscribe") == f"<{ADDRESS}>"
    assert f"<{'a' * 90}@treize.example>".encode() in raw


def test_words_arrive_as_they_were_meant_however_long() -> None:
    drawn = random.Random(13)  # noqa: S311 - no secret
    for _ in range(500):
        said = " ".join(drawn.choice(WORDS) for _ in range(drawn.randint(1, 14)))
        name = said[:70].strip()

        raw = _travelling(subject=said, to_name=name)

        heard = str(make_header(decode_header(_unfolded(raw, "Subject"))))
        read_name, address = parseaddr(_unfolded(raw, "To"))
        assert heard == said
        assert str(make_header(decode_header(read_name))) == name
        assert address == "helene@ehpad.example"
        assert raw.isascii()


def test_a_plain_name_needs_no_code_and_keeps_its_comma() -> None:
    raw = _travelling(to_name="Martin, Anne", subject="A code")

    assert b'To: "Martin, Anne" <helene@ehpad.example>\r\n' in raw
    assert b"Subject: A code\r\n" in raw
