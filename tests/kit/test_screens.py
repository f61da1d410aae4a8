"""What templates may call, and the addresses of static files."""

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template_string, url_for
from flask_babel import force_locale

from portal.kit import i18n, screens


@pytest.fixture
def small(tmp_path: Path) -> Flask:
    root = tmp_path / "app"
    root.mkdir()
    app = Flask(
        "small",
        root_path=str(root),
        static_folder=str(tmp_path),
        static_url_path="/static",
    )
    i18n.init_app(app)
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

    assert drawn == "71\xa0% 128"


@pytest.mark.parametrize(
    ("value", "applicable", "unanswered", "told"),
    [
        (715, [4], [0], "71\xa0%"),
        (0, [4], [3], "0\xa0%"),
        (0, [4], [4], "–"),
        (0, [0], [0], "–"),
        (-1, [4], [0], "–"),
        (None, [4], [0], "–"),
        (715, None, None, "71\xa0%"),
    ],
)
def test_a_question_nobody_answered_has_a_dash_for_its_share(
    small: Flask, value: int | None, applicable: list[int] | None, unanswered: object, told: str
) -> None:
    counts = {} if applicable is None else {"applicable": applicable, "unanswered": unanswered}
    drawn = small.jinja_env.from_string("{{ share(card, [value], 0) }}")

    assert drawn.render(card=SimpleNamespace(**counts), value=value) == told


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ _('Bonjour %(name)s', name='<Zoé>') }}", "Bonjour &lt;Zoé&gt;"),
        ("{{ _('100 %% sûr') }}", "100 % sûr"),
        ("{{ ngettext('%(num)s preuve', '%(num)s preuves', 3) }}", "3 preuves"),
        ("{{ ngettext('%(num)s preuve', '%(num)s preuves', 0) }}", "0 preuve"),
        ("{{ ngettext('une de %(who)s', 'des', 1, who='<b>') }}", "une de &lt;b&gt;"),
        ("{% trans who='<b>' %}De {{ who }}{% endtrans %}", "De &lt;b&gt;"),
        ("{% trans count=2 %}un{% pluralize %}{{ count }} choses{% endtrans %}", "2 choses"),
    ],
)
def test_templates_speak_and_escape_what_they_are_given(
    small: Flask, template: str, words: str
) -> None:
    with small.test_request_context():
        said = render_template_string(template)

    assert said == words


def test_words_follow_the_language_and_not_the_first_reader(small: Flask, tmp_path: Path) -> None:
    catalogue = Catalog(locale="en")
    catalogue.add("Parc", "Fleet")
    home = tmp_path / "translations/en/LC_MESSAGES"
    home.mkdir(parents=True)
    with (home / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)

    with small.test_request_context():
        first = render_template_string("{{ _('Parc') }}")
        with force_locale("en"):
            second = render_template_string("{{ _('Parc') }}")

    assert (first, second) == ("Parc", "Fleet")


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("fr", "71\xa0% · 1\u202f234 · 2\xa0mai 2027 · Copies &amp; reprises"),
        ("en", '71% · 1,234 · May\xa02, 2027 · <span lang="fr">Copies &amp; reprises</span>'),
    ],
)
def test_shares_numbers_days_and_words_of_the_guide_follow_the_reader(
    small: Flask, language: str, shown: str
) -> None:
    template = "{{ percent(715) }} · {{ 1234|numberformat }} · {{ on|dateformat }} · "
    template += "{{ said|in_french }}"
    values = {"on": date(2027, 5, 2), "said": "Copies & reprises"}

    with small.test_request_context(), force_locale(language):
        assert render_template_string(template, **values) == shown


@pytest.mark.parametrize(
    ("language", "pattern", "said"),
    [
        ("fr", "d MMMM y", "1er\xa0décembre 2026"),
        ("fr", "EEEE d MMMM", "mardi 1er\xa0décembre"),
        ("fr", "d MMM y, HH:mm", "1er\xa0déc. 2026, 11:01"),
        ("en", "EEEE d MMMM", "Tuesday 1\xa0December"),
    ],
)
def test_the_first_of_a_month_is_counted_in_french_alone(
    small: Flask, language: str, pattern: str, said: str
) -> None:
    at = datetime(2026, 12, 1, 10, 1, tzinfo=UTC)
    name = "datetimeformat" if "HH" in pattern else "dateformat"
    given = at if "HH" in pattern else at.date()

    with small.test_request_context(), force_locale(language):
        assert small.jinja_env.filters[name](given, pattern) == said


def test_the_eleventh_and_the_first_hour_stay_as_they_are(small: Flask) -> None:
    with small.test_request_context(), force_locale("fr"):
        eleventh = small.jinja_env.filters["dateformat"](date(2026, 12, 11), "d MMMM y")
        hour = small.jinja_env.filters["datetimeformat"](
            datetime(2026, 12, 2, 0, 1, tzinfo=UTC), "d MMM y, HH:mm"
        )

    assert (eleventh, hour) == ("11\xa0décembre 2026", "2\xa0déc. 2026, 01:01")
