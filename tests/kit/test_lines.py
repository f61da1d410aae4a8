"""Text broken for a terminal."""

from portal.kit.lines import WIDTH, lined

LONG = "https://portail.exemple.fr/" + "a" * 100


def test_short_lines_are_left_as_they_are() -> None:
    text = "Bonjour,\n\n    123 456\n-- \nTreize\n"

    assert lined(text) == text


def test_what_follows_stands_below_the_words() -> None:
    words = " ".join(["parole"] * 20)

    for begins, below in (("* ", "  "), ("12. ", "    "), ("   ", "   "), ("", "")):
        first, *others = lined(f"{begins}{words}").split("\n")
        assert first.startswith(f"{begins}parole")
        assert others
        assert all(line.startswith(f"{below}parole") for line in others)
        assert max(map(len, [first, *others])) <= WIDTH


def test_an_address_is_whole_and_stands_alone() -> None:
    assert lined(f"  Me le rappeler plus tard\u00a0: {LONG}").split("\n") == [
        "  Me le rappeler plus tard\u00a0:",
        f"  {LONG}",
    ]
