"""Two hundred megabytes of proofs leave and come in: no more of them than a few is ever held."""

import gc
import os
from pathlib import Path

import pytest

from portal.leaving import queries, receiving
from portal.leaving.models import PriorState
from tenants.context import tenant_scope
from tests.conftest import Visit
from tests.evidence.test_flood import peak
from tests.leaving import house as houses
from tests.leaving.house import House, worked
from tests.leaving.nextdoor import Next, brought

MANY, SIZE = 21, 9_900_000
#: In kB: the pieces of one archive, and one file that is examined.
MOST = 40_000


def begun() -> int:
    """What this process holds now, from which the most that it holds is counted anew."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return peak(os.getpid())


def growth(before: int) -> int:
    """By how much the most that it held since then is more."""
    return peak(os.getpid()) - before


@pytest.fixture
def full(house: House) -> House:
    for number in range(MANY):
        content = b"%PDF-1.7 " + number.to_bytes(2, "big") + os.urandom(SIZE)
        houses.filed(house.owner, content, f"{number}.pdf", establishment_ids=[house.place])
    return house


def test_an_archive_is_written_and_compared_piece_by_piece(
    full: House, after: Next, visit: Visit
) -> None:
    director = visit(full.director)
    url = director.post(full.url).headers["Location"]
    before = begun()
    worked("leaving.pack")
    packed = growth(before)
    archive = director.post(f"{url}.zip", follow_redirects=True).data
    browser = visit(after.owner)
    brought(browser, after, archive)
    size = len(archive)
    del archive
    before = begun()
    with tenant_scope(after.owner.tenant_id):
        worked(receiving.CHECK)
        compared = growth(before)
        (found,) = queries.others(after.place)
        assert found.state is PriorState.EXAMINING

    assert size > MANY * SIZE
    assert packed < MOST
    assert compared < MOST
