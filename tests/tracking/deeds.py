"""What people do in the life of a provider: each deed is kept whole, or refused and nothing moved.

Numbers point at what there is: establishments, offerings, contracts, proofs, past acts.
"""

from collections.abc import Callable, Collection
from datetime import timedelta

from portal.contracts import bearers, offerings, rewriting
from portal.contracts import queries as contract_queries
from portal.contracts import service as contracts
from portal.contracts.models import Bearer, Part
from portal.contracts.offerings import Content, Served
from portal.contracts.signing import Wanted
from portal.evidence import queries as evidence_queries
from portal.evidence import service as evidence
from portal.evidence.facts import Content as Matter
from portal.evidence.facts import Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Kind, Visibility
from portal.fleet import queries as fleet_queries
from portal.fleet import service as fleet
from portal.fleet.models import Tier
from portal.fleet.service import Sheet
from portal.guide import loader
from portal.tracking import bulk
from portal.tracking.models import Status, Verdict
from tests.tracking import scene
from tests.tracking.life import Life

PROOF_DEEDS = ("withdraw", "restore", "edit", "link", "unlink", "replace")


def declare(life: Life, *, offering: int, code: str, status: Status, age: int) -> None:
    held = {
        key: (state.status, life.thoughts.get(key, 0))
        for key, state in life.now.items()
        if key[1] == code and state.origin == "statement" and state.verdict == "recognised"
    }
    life.attempt(
        lambda: life.acts.append(
            (
                scene.declare(
                    life.owner,
                    life.offerings[offering],
                    status,
                    code=code,
                    reviewed_on=life.day(-age),
                    today=life.today,
                ),
                held,
            )
        )
    )


def undo(life: Life, *, number: int) -> None:
    """Undoing gives back the recognitions that the declaration had cost."""
    if not life.acts:
        return
    act, held = life.acts[number % len(life.acts)]
    when = scene.at(life.today)
    if not life.attempt(lambda: bulk.undo(life.owner, act_id=act, at=when, today=life.today)):
        return
    now = life.settle()
    for key, (status, thought) in held.items():
        unmoved = key in now and life.thoughts.get(key, 0) == thought
        if unmoved and (now[key].status, now[key].origin) == (status, "statement"):
            life.verdicts[key] = "recognised"


def except_(life: Life, *, place: int, code: str, status: Status, age: int) -> None:
    life.attempt(
        lambda: scene.except_(
            life.owner,
            life.places[place],
            status,
            code=code,
            reviewed_on=life.day(-age),
            today=life.today,
        )
    )


def withdraw(life: Life, *, place: int, code: str) -> None:
    life.attempt(
        lambda: scene.withdraw(life.owner, life.places[place], code=code, today=life.today)
    )


def judge(life: Life, *, place: int, code: str, verdict: Verdict) -> None:
    """In the director's own scope."""
    key = (life.places[place], code)
    if life.attempt(
        lambda: scene.judge(life.director, key[0], verdict, code=code, today=life.today),
        scope=life.listed,
    ):
        life.verdicts[key] = verdict.value
        life.thoughts[key] = life.thoughts.get(key, 0) + 1


def sign(
    life: Life,
    *,
    places: Collection[int],
    sold: Collection[int],
    since: int,
    lasts: int | None = None,
) -> None:
    starts_on = life.day(since)
    wanted = Wanted(
        [life.places[n] for n in sorted(places)],
        [life.offerings[n] for n in sorted(sold)],
        starts_on,
        None if lasts is None else starts_on + timedelta(lasts),
    )
    life.attempt(lambda: contracts.sign(life.owner, wanted, today=life.today))


def end_contract(life: Life, *, number: int, days: int) -> None:
    found = life.pick("contract", number)
    if found is not None:
        last = life.day(days)
        seen = contract_queries.contract(found).ends_on
        life.attempt(
            lambda: contracts.end(life.owner, found, seen=seen, ends_on=last, today=life.today)
        )


def remove_contract(life: Life, *, number: int) -> None:
    found = life.pick("contract", number)
    if found is not None:
        life.attempt(lambda: contracts.remove(life.owner, found, today=life.today))


def share(life: Life, *, place: int, code: str, bearer: Bearer | None) -> None:
    edition = loader.current()

    def deed() -> None:
        home = fleet_queries.establishment(life.places[place])
        rows = bearers.table(home, edition, life.today)[edition.requirement(code).question]
        seen = next(row for row in rows if row.requirement.code == code).bearer
        bearers.share(
            life.owner,
            home,
            edition,
            code,
            bearer=bearer,
            reason="Convenu.",
            seen=seen,
            today=life.today,
        )

    life.attempt(deed)


def rewrite(
    life: Life,
    *,
    offering: int,
    codes: Collection[str],
    part: Part,
    bearer: Bearer | None,
    included: bool,
) -> None:
    """Change what an offering serves, and whether it comes with every contract."""
    served = [Served(code, part, bearer) for code in sorted(codes)]
    offering_id = life.offerings[offering]
    version = contract_queries.offering(offering_id).version
    life.attempt(
        lambda: rewriting.edit(
            life.owner,
            loader.current(),
            offering_id,
            Content(f"Offre {offering}", "", included, served),
            version=version,
            today=life.today,
        )
    )


def shelve(life: Life, *, offering: int, archived: bool) -> None:
    found, when = life.offerings[offering], scene.at(life.today)
    if archived:
        life.attempt(lambda: offerings.archive(life.owner, found, at=when, today=life.today))
    else:
        life.attempt(lambda: offerings.restore(life.owner, found, today=life.today))


def aim(life: Life, codes: Collection[str], level: int, number: int) -> Aim:
    """For the whole fleet (0), for an offering (1) or for an establishment (2)."""
    if level == 1:
        return Aim(sorted(codes), offering_id=life.offerings[number])
    return Aim(sorted(codes), establishment_ids=[life.places[number]] if level else ())


def add_proof(
    life: Life, *, codes: Collection[str], level: int, number: int, begins: int | None, lasts: int
) -> None:
    facts = Facts(
        "Rapport",
        Visibility.CLIENTS,
        None if begins is None else life.day(begins),
        None,
        life.day(max(lasts, begins or 0)),
    )
    life.attempt(
        lambda: evidence.add(
            life.owner,
            loader.current(),
            content=Matter(Kind.NOTE, body="Vu."),
            facts=facts,
            aim=aim(life, codes, level, number),
            today=life.today,
        )
    )


def handle_proof(
    life: Life,
    *,
    number: int,
    deed: str,
    lasts: int,
    codes: Collection[str],
    level: int,
    place: int,
) -> None:
    found = life.pick("evidence", number)
    if found is None:
        return
    proof, edition = evidence_queries.evidence(found), loader.current()
    version, said = proof.version, Facts("Rapport", Visibility.CLIENTS, None, None, life.day(lasts))
    where, day, actor = aim(life, codes, level, place), life.today, life.owner
    deeds: dict[str, Callable[[], object]] = {
        "withdraw": lambda: evidence.withdraw(actor, found, at=scene.at(day), today=day),
        "restore": lambda: evidence.restore(actor, found, at=scene.at(day), today=day),
        "edit": lambda: evidence.edit(
            actor, found, said, version=version, at=scene.at(day), today=day
        ),
        "link": lambda: evidence.link(actor, edition, found, where, today=day),
        "unlink": lambda: evidence.unlink(actor, found, where, edition_id=edition.id, today=day),
        "replace": lambda: evidence.replace_with(
            actor, edition, found, content=Matter(Kind.NOTE, body="Revu."), facts=said, today=day
        ),
    }
    life.attempt(deeds[deed])


def settle_in(life: Life, *, place: int, tier: Tier, conditions: Collection[str]) -> None:
    home = fleet_queries.establishment(life.places[place])
    sheet = Sheet(name=home.name, tier=tier, conditions=tuple(sorted(conditions)))
    version = home.version
    life.attempt(
        lambda: fleet.edit(life.owner, life.places[place], sheet, version=version, today=life.today)
    )
