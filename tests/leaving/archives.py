"""Archives made again by somebody: whole ones, and each with one thing wrong."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from portal.leaving.manifest import Manifest, Packed
from tests.leaving.house import digest


def zipped(entries: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def resigned(entries: Mapping[str, bytes], **records: Any) -> dict[str, bytes]:
    """With a manifest and a list that fit what is there: what a careful forger would bring."""
    told = Manifest.from_json(entries["manifest.json"])
    rest = {n: c for n, c in entries.items() if n not in {"manifest.json", "SHA256SUMS"}}
    manifest = Manifest(
        format=told.format,
        made_at=told.made_at,
        made_by=told.made_by,
        provider=told.provider,
        records=told.records,
        files=tuple(
            Packed(path=name, size=len(content), sha256=digest(content))
            for name, content in sorted(rest.items())
        ),
    ).to_json()
    whole = {**rest, "manifest.json": manifest}
    sums = "".join(f"{digest(content)}  {name}\n" for name, content in whole.items())
    return {**whole, "SHA256SUMS": sums.encode()}


def rewritten(entries: Mapping[str, bytes], name: str, **values: Any) -> dict[str, bytes]:
    """With these values in a JSON file, written as ours are."""
    told = {**json.loads(entries[name]), **values}
    content = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return {**entries, name: content.encode()}
