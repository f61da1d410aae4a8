"""The process that reads one hostile file: from its input, to its output, under hard limits.

It answers with a line of JSON and, when the file was written anew, the new content.
"""

import json
import resource
import sys
from typing import Any, Final

from portal.vault.checks.examination import examine
from portal.vault.checks.kinds import LIMIT
from portal.vault.checks.verdict import Failed

PROCESSOR_SECONDS: Final = 20
#: An image of forty million pixels is 160 MB once decoded, and is copied.
MEMORY: Final = 1024 * 2**20
LIMITS: Final[tuple[tuple[int, int], ...]] = (
    (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
    (resource.RLIMIT_AS, MEMORY),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
)


def main() -> None:
    for which, most in LIMITS:
        _, hard = resource.getrlimit(which)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (least, least))
    content = sys.stdin.buffer.read(LIMIT + 1)
    told: dict[str, Any]
    rewritten = b""
    try:
        found = examine(sys.argv[1], content)
    except Failed as failure:
        told = {"reason": failure.reason.value, "hints": [], "attached": []}
    else:
        told = {"reason": None, "hints": found.hints, "attached": found.attached}
        rewritten = found.rewritten or b""
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + rewritten)


if __name__ == "__main__":
    main()
