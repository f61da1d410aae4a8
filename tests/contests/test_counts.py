"""A verdict takes no more SQL than an update of the main path, whatever follows from it."""

from portal.actions.models import Action, State
from tenants.db import db
from tests.conftest import Visit
from tests.counting import counted
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE

#: Those that tell the scope and open a savepoint among them.
PROMISED = 15
#: The savepoint in which a test's request runs, opened and left: it is none of the portal's.
APART = 2


def test_contesting_and_thinking_again_keep_the_promise_with_the_action_that_follows(
    pages: Pages, visit: Visit
) -> None:
    director = visit(pages.director)
    address = f"/acme/etablissements/{pages.place}/exigences/{CODE}/avis"
    director.get("/acme/")
    taken, followed = [], []
    for verdict in ("contested", "recognised", "contested", "recognised"):
        form = {
            "verdict": verdict,
            "reason": "Rien vu.",
            "version": scene.row(pages.place, CODE).version,
        }
        db.session.rollback()
        with counted(spared=()) as sent:
            assert director.post(address, data=form).status_code == 303
        taken.append(len(sent))
        to_do = db.select(db.func.count()).where(Action.state == State.TODO)
        followed.append(db.session.scalar(to_do))
        db.session.rollback()

    assert followed == [1, 0, 1, 0]
    assert max(taken) <= PROMISED + APART, taken
