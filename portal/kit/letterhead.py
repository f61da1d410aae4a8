"""The headers of a message as they travel: in seven bits, and read again as they were meant.

Python (3.11 to 3.13 at least) cuts long ones badly: an address that a mail reader is to parse is
written as if it were words, a blank between two encoded words is lost, one is put into a name.
"""

from email.header import Header
from email.headerregistry import HeaderRegistry, UniqueAddressHeader, UniqueUnstructuredHeader
from email.policy import SMTP, Policy
from typing import Any, Final

_LONGEST_LINE: Final = 76


class _Addresses(UniqueUnstructuredHeader):
    """Neither cut nor encoded, however long: within RFC 5322's 998 signs a line."""

    def fold(self, *, policy: "Policy[Any]") -> str:
        return f"{_name(self)}:{policy.linesep} {self}{policy.linesep}"


class _Words(UniqueUnstructuredHeader):
    def fold(self, *, policy: "Policy[Any]") -> str:
        return f"{_name(self)}: {_encoded(str(self), _name(self), policy)}{policy.linesep}"


class _Mailbox(UniqueAddressHeader):
    """Of one person; the name she goes by before her address."""

    def fold(self, *, policy: "Policy[Any]") -> str:
        (person,) = self.addresses
        if person.display_name.isascii():
            return f"{_name(self)}: {person}{policy.linesep}"
        said = _encoded(person.display_name, _name(self), policy)
        return f"{_name(self)}: {said}{policy.linesep} <{person.addr_spec}>{policy.linesep}"


def _name(header: Any) -> str:
    """Of the class that the registry makes of one of ours."""
    return str(header.name)


def _encoded(words: str, name: str, policy: "Policy[Any]") -> str:
    """As RFC 2047 has it, unless they can travel as they are."""
    charset = "us-ascii" if words.isascii() else "utf-8"
    header = Header(words, charset, maxlinelen=_LONGEST_LINE, header_name=name)
    return header.encode(linesep=policy.linesep)


_KINDS: Final[dict[str, Any]] = {
    "list-unsubscribe": _Addresses, "subject": _Words, "from": _Mailbox, "to": _Mailbox,
}  # fmt: skip
_REGISTRY: Final = HeaderRegistry()
for _each, _kind in _KINDS.items():
    _REGISTRY.map_to_type(_each, _kind)
#: Seven bits: every server takes them, whatever extensions it lacks.
WIRE: Final = SMTP.clone(cte_type="7bit", header_factory=_REGISTRY)
