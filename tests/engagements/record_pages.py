"""What the pages say, compared with what the model says of them."""

from tests.engagements.record_world import CODES, EDITION, World

#: How a page says a status and a verdict.
WORDS = {
    "unknown": "sans réponse", "planned": "prévu", "partial": "en partie",
    "implemented": "en place", "alternative": "autre mesure", "not_applicable": "sans objet",
    "none": "à reconnaître", "recognised": "reconnu", "contested": "contesté",
}  # fmt: skip


def scores(world: World) -> None:
    """The provider's board, and each house's page as its director reads it."""
    board = world.board()
    for place, name in enumerate(("Maison A", "Maison B")):
        card = world.record.card(place)
        assert board[name] == tuple(total / 10 for total in card.totals)
        table, figures = world.house(place)
        layers = (card.declared, card.proven, card.recognised)
        assert table == [
            [_percent(layer[n]) if card.answered[n] else "–" for layer in layers] for n in range(13)
        ]
        assert figures == [_percent(total) for total in card.totals]
        assert world.neighbour(place) is None


def room(world: World, number: int) -> None:
    """Every point of a mission, shown or not there."""
    for place in range(2):
        for code in CODES:
            question = EDITION.requirement(code).question
            told = world.room(number, place, code)
            if not world.record.opens(number, place, question):
                assert told is None, (number, place, code, world.record.audits[number])
                continue
            state, proofs = world.record.read(number, place, code)
            assert told is not None, (number, place, code, world.record.audits[number])
            status, proven, verdict, shown = told
            assert status.startswith(f"Déclaré {WORDS[state.status]}")
            assert (proven, shown) == (state.proven, proofs)
            assert verdict.startswith(f"Avis de l’établissement {WORDS[state.verdict]}")


def _percent(per_mille: int) -> str:
    return "–" if per_mille < 0 else f"{per_mille // 10}\N{NO-BREAK SPACE}%"
