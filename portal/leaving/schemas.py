"""The published shapes of what is in an archive, frozen in files: `formats/` beside this module.

A shape that was published never changes; another one is another file.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from portal.kit.dataclass_schema import json_schema_of
from portal.leaving import manifest, record, register
from portal.leaving.manifest import Manifest
from portal.leaving.record import Record
from portal.leaving.register import Register

FOLDER: Final = Path(__file__).with_name("formats")
#: By the name that a shape is published under: what it is the shape of, and its title.
SHAPES: Final[dict[str, tuple[type[Any], str]]] = {
    "record-1": (Record, record.FORMAT),
    "manifest-1": (Manifest, manifest.FORMAT),
    "register-1": (Register, register.FORMAT),
}


def published(name: str) -> bytes:
    """Raises ``KeyError`` for a name that no shape has."""
    if name not in SHAPES:
        raise KeyError(name)
    return (FOLDER / f"{name}.json").read_bytes()


def entries() -> Iterator[tuple[str, bytes]]:
    """All of them, as they go into an archive."""
    for name in SHAPES:
        yield f"schema/{name}.json", published(name)


def derived(name: str) -> bytes:
    """What the code says today: a test holds it against what was published."""
    cls, title = SHAPES[name]
    told = json_schema_of(cls, address=f"urn:treize:{name}", title=title)
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()


def write() -> None:
    """Publish what has no file yet."""
    for name in SHAPES:
        if not (path := FOLDER / f"{name}.json").exists():
            path.write_bytes(derived(name))
