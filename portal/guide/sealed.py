"""Read an edition's files: sealed by a manifest, every value with the line it stands on."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MANIFEST = "SHA256SUMS"
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>\S+)")


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


@dataclass(frozen=True)
class Sealed:
    """What was read.  ``contents`` lacks the files that cannot be read; ``faults`` says why."""

    contents: dict[str, Any]
    digest: str
    faults: list[Fault]


# libyaml reads an edition in a tenth of the time, where PyYAML was built with it.
_Safe: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):  # type: ignore[misc]  # whichever of the two was built
    """The safe loader, minding lines."""


def _with_lines(loader: Any, node: yaml.MappingNode) -> Iterator[LineMap]:
    mapping = LineMap()
    mapping.line = node.start_mark.line + 1
    mapping.lines = {}
    for key, _value in node.value:
        if key.tag != "tag:yaml.org,2002:str":
            raise _refusal("only plain names may be keys", key)
        if key.value in mapping.lines:
            raise _refusal(f"key {key.value!r} given twice", key)
        mapping.lines[key.value] = key.start_mark.line + 1
    yield mapping
    mapping.update(loader.construct_mapping(node, deep=True))


def _refusal(reason: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, reason, node.start_mark)


_Loader.add_constructor("tag:yaml.org,2002:map", _with_lines)


def read(folder: Path, names: tuple[str, ...]) -> Sealed:
    """Each file, compared with the manifest.  Raises :class:`EditionError` without a manifest."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise EditionError([Fault(MANIFEST, 0, "the manifest that seals the edition is missing")])
    raw = manifest.read_bytes()
    sums = _sums(raw)
    faults = [
        Fault(MANIFEST, 0, f"{name} is sealed but no part of an edition")
        for name in sorted(set(sums) - set(names))
    ]
    contents: dict[str, Any] = {}
    for name in names:
        faults += _seal_faults(folder / name, sums.get(name))
        try:
            contents[name] = _content(folder / name)
        except EditionError as error:
            faults += error.faults
    return Sealed(contents, hashlib.sha256(raw).hexdigest(), faults)


def _sums(manifest: bytes) -> dict[str, str]:
    sums = {}
    for number, line in enumerate(manifest.decode("utf-8", "replace").splitlines(), 1):
        if (match := _LINE.fullmatch(line)) is None:
            raise EditionError([Fault(MANIFEST, number, "expected « sha256  file »")])
        sums[match["name"]] = match["digest"]
    return sums


def _seal_faults(path: Path, expected: str | None) -> Iterator[Fault]:
    if expected is None:
        yield Fault(path.name, 0, "the manifest does not seal this file")
    elif path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != expected:
        yield Fault(path.name, 0, "altered since publication: its SHA-256 is not the sealed one")


def _content(path: Path) -> Any:
    if not path.is_file():
        raise EditionError([Fault(path.name, 0, "the file is missing")])
    raw = path.read_bytes()
    try:
        return yaml.load(raw.decode("utf-8"), _Loader)  # noqa: S506 - derives from a safe loader
    except UnicodeDecodeError as error:
        line, reason = raw[: error.start].count(b"\n") + 1, "not UTF-8"
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        reason = str(error.problem)
    except yaml.reader.ReaderError as error:
        line, reason = raw[: error.position].count(b"\n") + 1, str(error.reason)
    raise EditionError([Fault(path.name, line, reason)])
