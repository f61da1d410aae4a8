"""Read an edition's files: sealed by a manifest, every value with the line it stands on."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MANIFEST = "SHA256SUMS"


@dataclass(frozen=True)
class Fault:
    """One thing wrong in an edition; ``line`` counts from 1, 0 for the file as a whole."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class EditionError(Exception):
    """An edition that must not be published; carries every fault found, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class LineMap(dict[str, Any]):
    """A mapping that remembers its own line and those of its keys."""

    line: int = 0
    lines: dict[str, int]


class _Loader(yaml.SafeLoader):
    """The safe loader, minding lines and refusing a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[str] = set()
        for key, _value in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _with_lines(loader: _Loader, node: yaml.MappingNode) -> Iterator[LineMap]:
    mapping = LineMap()
    mapping.line = node.start_mark.line + 1
    mapping.lines = {key.value: key.start_mark.line + 1 for key, _value in node.value}
    yield mapping
    mapping.update(loader.construct_mapping(node, deep=True))


_Loader.add_constructor("tag:yaml.org,2002:map", _with_lines)


def read(folder: Path, names: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """Each file's content and the manifest's digest.  Raises :class:`EditionError`."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise EditionError([Fault(MANIFEST, 0, "the manifest that seals the edition is missing")])
    sums = _sums(manifest)
    faults: list[Fault] = []
    contents: dict[str, Any] = {}
    for name in names:
        contents[name] = _content(folder, name, sums.get(name), faults)
    faults += [
        Fault(MANIFEST, 0, f"{name} is sealed but no part of an edition")
        for name in sorted(set(sums) - set(names))
    ]
    if faults:
        raise EditionError(faults)
    return contents, hashlib.sha256(manifest.read_bytes()).hexdigest()


def _sums(manifest: Path) -> dict[str, str]:
    sums = {}
    for number, line in enumerate(manifest.read_text("utf-8").splitlines(), 1):
        digest, _, name = line.partition("  ")
        if len(digest) != hashlib.sha256().digest_size * 2 or not name:
            raise EditionError([Fault(MANIFEST, number, "expected « sha256  file »")])
        sums[name] = digest
    return sums


def _content(folder: Path, name: str, expected: str | None, faults: list[Fault]) -> Any:
    path = folder / name
    if not path.is_file():
        faults.append(Fault(name, 0, "the file is missing"))
        return None
    raw = path.read_bytes()
    if expected is None:
        faults.append(Fault(name, 0, "the manifest does not seal this file"))
    elif hashlib.sha256(raw).hexdigest() != expected:
        faults.append(
            Fault(name, 0, "altered since publication: its SHA-256 is not the sealed one")
        )
    try:
        return yaml.load(raw.decode("utf-8"), _Loader)  # noqa: S506 - derives from SafeLoader
    except UnicodeDecodeError as error:
        faults.append(Fault(name, raw[: error.start].count(b"\n") + 1, "not UTF-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        faults.append(
            Fault(name, mark.line + 1 if mark else 0, str(getattr(error, "problem", error)))
        )
    return None
