"""What was typed is kept, what was wrong is said; a schema is everybody's and keeps nothing."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum

import pytest
from flask import Flask
from marshmallow import fields, validate
from werkzeug.datastructures import MultiDict

from portal.kit.errors import NotFound, Refused
from portal.kit.form import Form, FormSchema, at_most, ids_among, lenient


class Visit(FormSchema):
    name = fields.String(required=True, validate=at_most(10))
    day = fields.Date(load_default=None)
    rooms = fields.List(fields.Integer(), load_default=list)


class _Colour(StrEnum):
    RED = "red"


def _sent(**typed: str) -> Form:
    return Form(Visit, MultiDict(typed))


def test_blanks_are_stripped_and_an_empty_field_is_an_absent_one(app: Flask) -> None:
    form = _sent(name="  Ann ", day="", unknown="x")

    with app.app_context():
        assert form.validate()
    assert form.data == {"name": "Ann", "day": None, "rooms": []}


def test_what_is_refused_stays_typed(app: Flask) -> None:
    form = _sent(name="Anne-Marguerite", day="2026-01-31")

    with app.app_context():
        assert not form.validate()
    assert dict(form.typed) == {"name": "Anne-Marguerite", "day": "2026-01-31"}
    assert set(form.errors) == {"name"}


class _Choosing(FormSchema):
    colour = fields.Enum(_Colour, by_value=True)
    many = fields.List(fields.Enum(_Colour, by_value=True))
    size = fields.String(validate=validate.OneOf(["small", "large"]))
    own = fields.Enum(_Colour, by_value=True, error_messages={"unknown": "Choose a colour."})


@pytest.mark.parametrize("name", ["colour", "many", "size"])
def test_a_choice_that_is_not_offered_is_refused_in_words(app: Flask, name: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        form = Form(_Choosing, MultiDict({name: "fleet", "own": "fleet"}))

        assert not form.validate()
        assert form.errors[name] == ["Choisissez l’une des réponses."]
        assert form.errors["own"] == ["Choose a colour."]


def test_a_day_beyond_reach_is_told_beside_its_field(app: Flask) -> None:
    form = _sent(name="Ann", day="9999-12-31")

    with app.app_context():
        form.validate()
    assert set(form.errors) == {"day"}


def test_many_who_send_it_at_once_see_nothing_of_each_other(app: Flask) -> None:
    def send(number: int) -> bool:
        with app.app_context():
            form = Form(Visit, MultiDict([("name", f"n{number}"), ("rooms", str(number))]))
            bad = _sent(name="x" * 11, day="never")
            return (
                form.validate()
                and form.data == {"name": f"n{number}", "day": None, "rooms": [number]}
                and not bad.validate()
                and set(bad.errors) == {"name", "day"}
            )

    with ThreadPoolExecutor(8) as people:
        assert all(people.map(send, range(400)))


def test_nonsense_in_an_address_leaves_that_field_out(app: Flask) -> None:
    with app.app_context():
        found = lenient(Visit, MultiDict([("name", "Ann"), ("day", "soon"), ("rooms", "3")]))

    assert found == {"name": "Ann", "day": None, "rooms": [3]}


def test_a_rule_is_told_beside_its_field_and_what_is_not_there_on_its_own_page(app: Flask) -> None:
    form = Form(Visit)

    with app.test_request_context():
        form.blame(Refused("This text is too long.", field="name"))
        with pytest.raises(NotFound):
            form.blame(NotFound())
    assert set(form.errors) == {"name"}


def test_ids_are_taken_once_and_in_their_order() -> None:
    one, other = uuid.uuid4(), uuid.uuid4()

    assert ids_among([one, "x", other, str(one), None]) == [one, other]
