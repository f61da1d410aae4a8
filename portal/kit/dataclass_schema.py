"""A marshmallow schema read off a dataclass: one description, no field forgotten on either side."""

import types
from dataclasses import fields as dataclass_fields
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args, get_origin, get_type_hints

from marshmallow import RAISE, Schema, fields, post_load, validate

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
    if get_origin(hint) is types.UnionType:
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
