"""What mail servers say of a message that did not arrive, and readers of one they did not want.

Delivery reports (RFC 3464) and complaints (RFC 5965), as they lie in the mailbox that messages come
back to.  Anybody may write there: what is said is believed only as far as the message it names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from enum import StrEnum
from typing import Final

from blinker import Signal

#: Refusals that begin with 5 and pass: a full mailbox, a message found too long or distrusted.
_PASSING: Final = ("5.2.2", "5.2.3", "5.7.")
_LONGEST: Final = 300
#: What Python's reader raises at messages written to stop it: unknown encodings, headers cut
#: anywhere, thousands of messages one in another.
_UNREADABLE: Final = (
    MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError,
)  # fmt: skip


#: A message of ours came back that is no reminder, by its number: sent in its tenant's scope with
#: ``number`` and ``returned``.  Whoever wrote it answers whether that was news.
came_back = Signal()


class Fault(StrEnum):
    """Why a message came back: for good, for now, or because its reader complained."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Returned:
    """``message_id`` and ``address``: what was sent, and to whom."""

    fault: Fault
    message_id: str
    address: str
    detail: str


def read(raw: bytes) -> list[Returned]:
    """What a message of the mailbox tells of ours.

    Nothing when it is another kind of message, or one that cannot be read: the next is waiting.
    """
    try:
        return _told(raw)
    except _UNREADABLE:
        return []


def detailed(said: str) -> str:
    """Somebody else's words as they are kept: a line of them, with no sign that cannot be."""
    return "".join(sign for sign in said if sign.isprintable())[:_LONGEST]


def _told(raw: bytes) -> list[Returned]:
    # Python's newer policies take headers apart, and minutes over one that somebody wrote for that.
    report = message_from_bytes(raw, policy=compat32)
    kind = str(report.get_param("report-type", "")).lower()
    if report.get_content_type() != "multipart/report":
        return []
    message_id, to = _original(report)
    if not message_id:
        return []
    if kind == "delivery-status":
        return list(_undelivered(report, message_id))
    return list(_complained(report, message_id, to)) if kind == "feedback-report" else []


def _original(report: Message) -> tuple[str, str]:
    """Number and reader of the message that the report carries, whole or by its headers alone."""
    for part in report.walk():
        if part.get_content_type() == "message/rfc822":
            original = part.get_payload(0)
        elif part.get_content_type() == "text/rfc822-headers":
            original = message_from_bytes(_content(part), policy=compat32)
        else:
            continue
        if isinstance(original, Message):
            return str(original.get("Message-ID", "")).strip(), _address(original.get("To", ""))
    return "", ""


def _undelivered(report: Message, message_id: str) -> Iterator[Returned]:
    for block in _blocks(report, "message/delivery-status"):
        address = _address(block.get("Final-Recipient") or block.get("Original-Recipient", ""))
        status = str(block.get("Status", "")).strip()
        if not address or str(block.get("Action", "")).strip().lower() != "failed":
            continue
        said = str(block.get("Diagnostic-Code", "")) or status
        yield Returned(_fault(status), message_id, address, detailed(said))


def _fault(status: str) -> Fault:
    for_good = status.startswith("5") and not status.startswith(_PASSING)
    return Fault.HARD if for_good else Fault.SOFT


def _complained(report: Message, message_id: str, to: str) -> Iterator[Returned]:
    for block in _blocks(report, "message/feedback-report"):
        kind = str(block.get("Feedback-Type", "")).strip().lower()
        address = _address(block.get("Original-Rcpt-To", "")) or to
        if kind in {"abuse", "fraud", "other"} and address:
            yield Returned(Fault.COMPLAINT, message_id, address, kind)


def _blocks(report: Message, content_type: str) -> Iterator[Message]:
    for part in report.walk():
        payload = part.get_payload() if part.get_content_type() == content_type else None
        if isinstance(payload, list):
            yield from (block for block in payload if isinstance(block, Message))
        elif isinstance(payload, str):
            yield message_from_bytes(_content(part), policy=compat32)


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _address(field: object) -> str:
    """Of « rfc822; a@b.example » or « Name <a@b.example> »."""
    return parseaddr(str(field).rpartition(";")[2].strip())[1].lower()
