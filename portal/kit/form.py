"""HTML forms on marshmallow: what was typed, what was wrong with it, what it means."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from marshmallow import (
    EXCLUDE,
    Schema,
    ValidationError,
    fields,
    pre_load,
    validate,
    validates_schema,
)
from werkzeug.datastructures import MultiDict

from portal.kit import clock
from portal.kit.errors import DomainError, NotFound, Unavailable
from portal.kit.i18n import gettext


def among(values: Iterable[object]) -> validate.OneOf:
    """One of these, anything else refused in words that have a translation."""
    return validate.OneOf(list(values), error="Choose one of the answers.")


def at_most(signs: int) -> validate.Length:
    """How long a text may be, refused in words that have a translation."""
    return validate.Length(max=signs, error="This text is too long.")


_NOT_OFFERED = among(()).error


def ids_among(values: Iterable[object]) -> list[uuid.UUID]:
    """The ids among what was sent, once each and in order; nonsense counts as unknown."""
    found: dict[uuid.UUID, None] = {}
    for value in values:
        try:
            found[uuid.UUID(str(value))] = None
        except ValueError:
            continue
    return list(found)


class FormSchema(Schema):
    """Blanks are stripped and empty fields count as absent; unknown fields are dropped."""

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, _field_name: str, field: fields.Field[Any]) -> None:
        """Refuse what is not among its choices in words: marshmallow lists our own names."""
        for chosen in (field, getattr(field, "inner", field)):
            messages = chosen.error_messages
            if messages.get("unknown") == fields.Enum.default_error_messages["unknown"]:
                messages["unknown"] = _NOT_OFFERED
            for rule in chosen.validators:
                if isinstance(rule, validate.OneOf) and rule.error == rule.default_message:
                    rule.error = _NOT_OFFERED

    @pre_load
    def _strip(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        stripped = {k: v.strip() if isinstance(v, str) else v for k, v in _plain(data).items()}
        return {k: v for k, v in stripped.items() if v != ""}

    @validates_schema
    def _days_within_reach(self, data: Mapping[str, Any], **_: Any) -> None:
        """Beside the last day of the calendar there is no next one, nor another time zone."""
        far = [k for k, v in data.items() if isinstance(v, date) and not clock.is_within_reach(v)]
        if far:
            message = "Give a day between 1900 and 2199."
            raise ValidationError({name: [message] for name in far})


class Form:
    """A schema bound to one submission: ``typed`` survives a refusal, ``data`` is what it means."""

    def __init__(self, schema: type[FormSchema], typed: Mapping[str, Any] | None = None) -> None:
        self.schema = _made(schema)
        self.typed = _flattened(typed or {}, self.schema)
        self.errors: dict[str, list[str]] = {}
        self.data: dict[str, Any] = {}
        #: Whether what was refused is nobody's slip: a server that it needs does not serve.
        self.away = False

    def validate(self) -> bool:
        try:
            self.data = self.schema.load(self.typed)
        except ValidationError as error:
            self.errors = {
                name: _sentences(messages) for name, messages in error.messages_dict.items()
            }
        return not self.errors

    def blame(self, error: DomainError) -> None:
        """Show a refused rule beside the field it concerns, or above the form.

        What is not there is no slip of whoever typed: :class:`NotFound` goes on to its own page.
        """
        if isinstance(error, NotFound):
            raise error
        self.away = isinstance(error, Unavailable)
        message = gettext(error.message, **error.values)
        self.errors.setdefault(error.field or "", []).append(message)


def lenient(schema: type[FormSchema], typed: Mapping[str, Any]) -> dict[str, Any]:
    """What an address asks: nonsense in one field leaves that one out."""
    form = _made(schema)
    given = _flattened(typed, form)
    try:
        found: dict[str, Any] = form.load(given)
    except ValidationError as error:
        bad = set(error.messages_dict)
        found = form.load({name: value for name, value in given.items() if name not in bad})
    return found


@cache
def _made(schema: type[FormSchema]) -> FormSchema:
    """One for all who send it: it keeps nothing of them, and making one copies every field."""
    return schema()


def _flattened(typed: Mapping[str, Any], schema: FormSchema) -> dict[str, Any]:
    if not isinstance(typed, MultiDict):
        return _plain(typed)
    lists = {name for name, field in schema.fields.items() if isinstance(field, fields.List)}
    return _plain({name: typed.getlist(name) if name in lists else typed[name] for name in typed})


def _plain(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Without the NUL characters, which no keyboard types and PostgreSQL cannot store."""
    return {
        name: value.replace("\0", "") if isinstance(value, str) else value
        for name, value in typed.items()
    }


def _sentences(messages: Any) -> list[str]:
    if isinstance(messages, dict):
        return [line for part in messages.values() for line in _sentences(part)]
    return [gettext(str(message)) for message in messages]
