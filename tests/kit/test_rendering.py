"""What compiled templates write is what Jinja would have written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from markupsafe import Markup, escape

from portal.kit import rendering


def _say(words: str, **values: object) -> Markup:
    return Markup(words) % values  # noqa: S704 -- a template's own text


@pytest.fixture(scope="module")
def environment() -> Environment:
    quick = Environment(autoescape=True)
    rendering.quicken(quick, say=_say)
    return quick


@given(st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.floats()))
def test_any_value_is_written_as_markupsafe_escapes_it(value: object) -> None:
    assert rendering.written(value) == str(escape(value))


def test_markup_is_written_as_it_is() -> None:
    assert rendering.written(Markup("<b>")) == "<b>"


class _Shown:
    def __html__(self) -> str:
        return "<i>shown</i>"


def test_what_says_how_it_is_shown_is_believed() -> None:
    assert rendering.written(_Shown()) == "<i>shown</i>"


class _Loud(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "<loud>"


def test_a_text_of_another_kind_is_escaped_too() -> None:
    assert rendering.written(_Loud("quiet")) == "&lt;loud&gt;"


def test_a_page_escapes_what_it_is_given(environment: Environment) -> None:
    page = environment.from_string("{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(name) }}{{ name }}")

    assert page.render(name="<script>") == "[&lt;script&gt;]&lt;script&gt;"


def test_a_macro_s_answer_is_not_escaped_twice(environment: Environment) -> None:
    page = environment.from_string("{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ m('a & b') }}")

    assert page.render() == "<b>a &amp; b</b>"


def test_words_are_said_with_their_values_escaped(environment: Environment) -> None:
    page = environment.from_string("{{ _('de %(who)s', who=name) }} {{ _('ici') ~ '<' }}")

    assert page.render(name="<b>") == "de &lt;b&gt; ici&lt;"


def test_a_block_called_with_content_still_gets_it(environment: Environment) -> None:
    page = environment.from_string(
        "{% macro m() %}<p>{{ caller() }}</p>{% endmacro %}{% call m() %}{{ x }}{% endcall %}"
    )

    assert page.render(x="<") == "<p>&lt;</p>"
