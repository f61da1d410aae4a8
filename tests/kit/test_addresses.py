"""Remembered addresses are those that Flask would make."""

import uuid
from pathlib import Path

import pytest
from flask import Flask, g, url_for

from portal.kit import addresses
from portal.kit.addresses import address


@pytest.fixture
def small(tmp_path: Path) -> Flask:
    app = Flask("small", static_folder=str(tmp_path), static_url_path="/static")
    app.url_defaults(
        lambda endpoint, values: (
            values.setdefault("tenant_slug", g.tenant_slug) if endpoint == "here" else None
        )
    )
    addresses.init_app(app)
    app.add_url_rule("/<tenant_slug>/ici/<uuid:one>", "here")
    app.add_url_rule("/liste", "list")
    return app


def test_an_address_is_the_one_flask_makes(small: Flask) -> None:
    one = uuid.uuid4()
    with small.test_request_context("/"):
        g.tenant_slug = "acme"
        made = [address("here", one=one, page=2, _anchor="q3") for _ in range(2)]
        expected = url_for("here", one=one, page=2, _anchor="q3")

    assert made == [expected, expected]


def test_each_open_tenant_has_its_own(small: Flask) -> None:
    one, made = uuid.uuid4(), []
    for slug in ("acme", "globex"):
        with small.test_request_context("/"):
            g.tenant_slug = slug
            made.append(address("here", one=one))

    assert made == [f"/acme/ici/{one}", f"/globex/ici/{one}"]


def test_a_portal_mounted_below_a_path_says_so(small: Flask) -> None:
    made = []
    for root in ("", "/sous"):
        with small.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            made.append(address("list"))

    assert made == ["/liste", "/sous/liste"]


def test_a_list_of_values_is_no_obstacle(small: Flask) -> None:
    with small.test_request_context("/"):
        assert address("list", ids=["1", "2"]) == "/liste?ids=1&ids=2"


def test_a_changed_style_sheet_has_a_new_address(small: Flask, tmp_path: Path) -> None:
    sheet = tmp_path / "look.css"
    made = []
    for look in ("a{}", "a{color:red}"):
        sheet.write_text(look)
        with small.test_request_context("/"):
            made.append(address("static", filename="look.css"))

    assert made[0] != made[1]


def test_templates_are_given_the_same(small: Flask) -> None:
    with small.test_request_context("/"):
        template = small.jinja_env.from_string("{{ url_for('list', q='a') }}")
        assert template.render() == "/liste?q=a"
