"""What templates may call, and the addresses of static files."""

from pathlib import Path

import pytest
from flask import Flask, url_for

from portal.kit import screens


@pytest.fixture
def small(tmp_path: Path) -> Flask:
    app = Flask("small", static_folder=str(tmp_path), static_url_path="/static")
    screens.init_app(app)
    return app


def _address(app: Flask, name: str) -> str:
    with app.test_request_context():
        return url_for("static", filename=name)


def test_a_changed_style_sheet_has_a_new_address(small: Flask, tmp_path: Path) -> None:
    sheet = tmp_path / "look.css"
    sheet.write_text("a{}")
    before = _address(small, "look.css")

    sheet.write_text("a{color:red}")

    assert before.startswith("/static/look.css?v=")
    assert _address(small, "look.css") != before


def test_a_font_keeps_the_address_its_style_sheet_names(small: Flask, tmp_path: Path) -> None:
    (tmp_path / "a.woff2").write_bytes(b"font")

    assert _address(small, "a.woff2") == "/static/a.woff2"


def test_a_missing_file_has_a_plain_address(small: Flask) -> None:
    assert _address(small, "absent.css") == "/static/absent.css"


def test_templates_can_draw_the_figures(small: Flask) -> None:
    drawn = small.jinja_env.from_string("{{ percent(715) }} {{ bar_width(1000) }}").render()

    assert drawn == "71 128"
