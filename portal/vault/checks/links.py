"""Where a link leads that somebody clicks: to a page, a mailbox or a telephone.

Never to a script, to a program, to this machine's files or to a share.
"""

import re
from typing import Final

_ASTRAY: Final = re.compile(
    r"(?:javascript|vbscript|data|file|smb|nfs|afp|(?:web)?davs?|ldaps?|search|ms-[a-z-]+|[a-z]+-ms"
    # What Windows and LibreOffice take for an order to themselves.
    r"|shell|res|mk|its|hcp|mhtml|jar|macro|slot|service|private|\.uno|vnd\.[a-z0-9.+-]+):"
    r"|\\\\",
    re.IGNORECASE,
)
#: Programs that open links pass over these.
_BLANK: Final = re.compile(r"[\s\0-\x1f]")


def lead_astray(address: str) -> bool:
    """Whether it leads where no link of a proof needs to."""
    return _ASTRAY.match(_BLANK.sub("", address)) is not None
