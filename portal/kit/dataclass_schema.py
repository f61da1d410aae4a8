"""Schemas read off a dataclass: marshmallow's, and the one that is published (JSON Schema).

One description, no field forgotten on either side.
"""

import types
from dataclasses import fields as dataclass_fields
from datetime import UTC, date, datetime
from inspect import cleandoc
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from marshmallow import RAISE, Schema, fields, post_load, validate

#: ``str | None``, and what ``Literal[…] | None`` becomes.
_UNIONS: Final = (types.UnionType, Union)
_PLAIN: dict[Any, Any] = {
    str: fields.String,
    bool: fields.Boolean,
    date: fields.Date,
}


def schema_of(cls: type[Any]) -> Schema:
    """Loads into ``cls``: every field required, unknown ones refused, nested dataclasses too."""
    hints = get_type_hints(cls)
    members: dict[str, Any] = {
        field.name: _field(hints[field.name]) for field in dataclass_fields(cls)
    }

    def made(_: Schema, data: dict[str, Any], **__: Any) -> Any:
        frozen = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
        return cls(**frozen)

    members["made"] = post_load(made)
    schema: type[Schema] = type(f"{cls.__name__}Schema", (Schema,), members)
    return schema(unknown=RAISE)


def _field(hint: Any, *, nullable: bool = False) -> fields.Field[Any]:
    told: dict[str, Any] = {"required": True, "allow_none": nullable}
    if get_origin(hint) in _UNIONS:
        (inner,) = [kind for kind in get_args(hint) if kind is not types.NoneType]
        return _field(inner, nullable=True)
    if get_origin(hint) is tuple:
        return fields.List(_field(get_args(hint)[0]), **told)
    if get_origin(hint) is Literal:
        return fields.String(validate=validate.OneOf(get_args(hint)), **told)
    return _single(hint, told)


def _single(hint: Any, told: dict[str, Any]) -> fields.Field[Any]:
    if hint is int:
        return fields.Integer(strict=True, **told)
    if hint is datetime:
        return fields.AwareDateTime(default_timezone=UTC, **told)
    if hint in _PLAIN:
        made: fields.Field[Any] = _PLAIN[hint](**told)
        return made
    return fields.Nested(schema_of(hint), **told)


_TOLD: Final[dict[Any, dict[str, str]]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
}


def json_schema_of(cls: type[Any], *, address: str, title: str) -> dict[str, Any]:
    """What ``schema_of`` takes, in JSON Schema (2020-12), to be read by others' programs."""
    met: dict[str, Any] = {}
    root = _described(cls, met)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": title,
        **root,
        "$defs": dict(sorted(met.items())),
    }


def _described(cls: type[Any], met: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    names = [field.name for field in dataclass_fields(cls)]
    return {
        "type": "object",
        "description": " ".join(cleandoc(cls.__doc__ or "").split()).replace("``", ""),
        "properties": {name: _shape(hints[name], met) for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _shape(hint: Any, met: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(hint)
    if origin in _UNIONS:
        (inner,) = [kind for kind in get_args(hint) if kind is not types.NoneType]
        return {"anyOf": [_shape(inner, met), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _shape(get_args(hint)[0], met)}
    if origin is Literal:
        return {"enum": list(get_args(hint))}
    if hint in _TOLD:
        return dict(_TOLD[hint])
    if hint.__name__ not in met:
        met[hint.__name__] = {}
        met[hint.__name__] = _described(hint, met)
    return {"$ref": f"#/$defs/{hint.__name__}"}
