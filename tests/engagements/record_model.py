"""A record in plain Python: what is said, proven, judged, and who may read it, day by day.

A dictionary and a few lists, with no table, no SQL and no rule taken from the portal.  It is told
what people do; what the portal shows must be what it says.
"""

import calendar
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

Place = int
Key = tuple[Place, str]
WORTH = {"implemented": Fraction(1), "alternative": Fraction(1), "partial": Fraction(1, 2)}


@dataclass(frozen=True)
class Asked:
    """A requirement of the guide, as far as scores go."""

    code: str
    question: int
    weight: int
    review_months: int
    counts: bool


@dataclass(frozen=True)
class Said:
    """What the provider says of one requirement at all its clients."""

    status: str
    reviewed_on: date | None


@dataclass(frozen=True)
class Proof:
    """``place``: the only one it is for, or everybody.  ``shared``: its clients may read it.

    ``house``: deposited by that place itself, whose alone it is to change.
    """

    title: str
    code: str
    place: Place | None
    begins: date | None
    until: date
    shared: bool
    given: date
    withdrawn: date | None = None
    replaced: bool = False
    house: bool = False

    @property
    def home(self) -> Place:
        assert self.place is not None
        return self.place

    def serves(self, place: Place, code: str) -> bool:
        return code == self.code and self.place in {None, place}

    def counts(self, day: date) -> bool:
        begun = self.begins is None or self.begins <= day
        return begun and self.withdrawn is None and self.until >= day


@dataclass(frozen=True)
class State:
    """One requirement at one place on one evening."""

    status: str
    proven: bool
    verdict: str

    @property
    def recognised(self) -> bool:
        return self.proven and self.verdict == "recognised"


@dataclass(frozen=True)
class Card:
    """Per mille, -1 where nothing counts."""

    declared: list[int]
    proven: list[int]
    recognised: list[int]
    contested: list[int]
    #: Whether anything is said of each question that anything counts for.
    answered: list[bool]
    totals: tuple[int, int, int]


@dataclass(frozen=True)
class Audit:
    """``as_of``: the evening that is read, ``None`` for the present one.  Over on ``ends``."""

    places: frozenset[Place]
    questions: frozenset[int]
    as_of: date | None
    ends: date
    revoked: bool = False

    def lasts(self, day: date) -> bool:
        return not self.revoked and day < self.ends


@dataclass
class Declared:
    """A declaration that may be undone, with the recognitions it cost and when they were given."""

    code: str
    before: Said
    lost: Mapping[Key, int]
    undone: bool = False


@dataclass
class Record:
    """All that was said and done so far."""

    guide: Collection[Asked]
    places: int
    today: date
    said: dict[str, Said] = field(default_factory=dict)
    proofs: list[Proof] = field(default_factory=list)
    verdicts: dict[Key, str] = field(default_factory=dict)
    #: How often each place thought again of each requirement.
    thoughts: dict[Key, int] = field(default_factory=dict)
    declarations: list[Declared] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)
    #: What stood on each evening, and the proofs there were.
    evenings: dict[date, tuple[dict[Key, State], list[Proof]]] = field(default_factory=dict)

    # What people do

    def declare(self, code: str, status: str, reviewed_on: date) -> None:
        before = self.said.get(code, Said("unknown", None))
        lost = self._say(code, Said(status, reviewed_on))
        self.declarations.append(Declared(code, before, lost))

    def _say(self, code: str, new: Said) -> dict[Key, int]:
        """Recognitions of another status than is said now are gone; those, and what they were."""
        lost: dict[Key, int] = {}
        if new.status != self.said.get(code, Said("unknown", None)).status:
            for key, verdict in self.verdicts.items():
                if key[1] == code and verdict == "recognised":
                    lost[key] = self.thoughts[key]
        for key in lost:
            self.verdicts[key] = "none"
        self.said[code] = new
        return lost

    def may_undo(self, number: int) -> bool:
        """The last word on a requirement, once: undoing is itself a word."""
        act = self.declarations[number]
        later = [one for one in self.declarations[number + 1 :] if one.code == act.code]
        return not act.undone and not later

    def undo(self, number: int) -> None:
        act = self.declarations[number]
        act.undone = True
        for one in self.declarations:
            if one.code == act.code:
                one.undone = True
        before = act.before
        reviewed_on = before.reviewed_on or self.said[act.code].reviewed_on
        self._say(act.code, replace(before, reviewed_on=reviewed_on))
        for key, thought in act.lost.items():
            if self.thoughts[key] == thought:
                self.verdicts[key] = "recognised"

    def judge(self, place: Place, code: str, verdict: str) -> None:
        self.verdicts[place, code] = verdict
        self.thoughts[place, code] = self.thoughts.get((place, code), 0) + 1

    def may_judge(self, code: str, verdict: str) -> bool:
        return verdict != "recognised" or self.status(code) != "unknown"

    def renew(self, number: int, proof: Proof) -> None:
        self.proofs[number] = replace(self.proofs[number], replaced=True)
        self.proofs.append(proof)

    def withdrawn(self, number: int) -> bool:
        return self.proofs[number].withdrawn is not None

    def may_renew(self, number: int) -> bool:
        """Once; of what a house took back it gives no next one."""
        one = self.proofs[number]
        return not one.replaced and not (one.house and one.withdrawn)

    def turn(self, number: int) -> None:
        """Take a proof back, or let it prove again."""
        one = self.proofs[number]
        self.proofs[number] = replace(one, withdrawn=None if one.withdrawn else self.today)

    def revoke(self, number: int) -> None:
        self.audits[number] = replace(self.audits[number], revoked=True)

    def night(self) -> None:
        """The evening is over: what stands stays readable, and a day begins."""
        self.evenings[self.today] = (self.states(), list(self.proofs))
        self.today += timedelta(1)

    # What is so

    def status(self, code: str) -> str:
        return self.said.get(code, Said("unknown", None)).status

    def states(self) -> dict[Key, State]:
        return {
            (place, asked.code): self.state(place, asked)
            for place in range(self.places)
            for asked in self.guide
        }

    def state(self, place: Place, asked: Asked) -> State:
        said = self.said.get(asked.code, Said("unknown", None))
        fresh = said.reviewed_on is not None and self.today <= _after(
            said.reviewed_on, asked.review_months
        )
        proved = any(
            proof.serves(place, asked.code) and proof.counts(self.today) for proof in self.proofs
        )
        verdict = self.verdicts.get((place, asked.code), "none")
        return State(said.status, said.status in WORTH and fresh and proved, verdict)

    def card(self, place: Place) -> Card:
        rows = [(asked, self.state(place, asked)) for asked in self.guide if asked.counts]
        by_question = [
            [row for row in rows if row[0].question == number] for number in range(1, 14)
        ]
        shares = [_shares(group) for group in by_question]
        declared, proven, recognised = ([one[layer] for one in shares] for layer in range(3))
        contested = [
            sum(state.verdict == "contested" for _, state in group) for group in by_question
        ]
        answered = [
            any(state.status not in {"unknown", "not_applicable"} for _, state in group)
            for group in by_question
        ]
        whole = _shares(rows)
        totals = (whole[0], whole[1], whole[2])
        return Card(declared, proven, recognised, contested, answered, totals)

    # Who may read it

    def owned(self, place: Place) -> set[str]:
        """What a house deposited; no other is shown that there is any."""
        return {proof.title for proof in self.proofs if proof.house and proof.place == place}

    def opens(self, number: int, place: Place, question: int) -> bool:
        audit = self.audits[number]
        return audit.lasts(self.today) and place in audit.places and question in audit.questions

    def shown(self, number: int, questions: Mapping[str, int]) -> set[str]:
        """The proofs that a mission opens: shared, of its places and questions, given by then."""
        audit = self.audits[number]
        if not audit.lasts(self.today):
            return set()
        return {
            proof.title
            for proof in self.proofs
            if proof.shared
            and questions[proof.code] in audit.questions
            and proof.place in {None, *audit.places}
            and proof.given <= (audit.as_of or self.today)
        }

    def read(self, number: int, place: Place, code: str) -> tuple[State, list[tuple[str, bool]]]:
        """What a room tells of a requirement: its state, and each proof, valid or not."""
        day = self.audits[number].as_of or self.today
        now = {key: state for key, state in self.states().items() if key == (place, code)}
        states, proofs = self.evenings.get(day, (now, self.proofs))
        told = [
            (proof.title, proof.until >= day and (proof.begins is None or proof.begins <= day))
            for proof in proofs
            if proof.serves(place, code) and proof.withdrawn is None and proof.shared
            and (states[place, code].status != "unknown" or proof.place is not None)
        ]  # fmt: skip
        return states[place, code], sorted(told)


def _shares(rows: Iterable[tuple[Asked, State]]) -> list[int]:
    """Declared, proven and recognised, per mille, rounded down; what does not apply is left out."""
    counting = [(asked, state) for asked, state in rows if state.status != "not_applicable"]
    whole = sum(asked.weight for asked, _ in counting)
    sums = [Fraction(0)] * 3
    for asked, state in counting:
        worth = asked.weight * WORTH.get(state.status, Fraction(0))
        for layer, holds in enumerate((True, state.proven, state.recognised)):
            sums[layer] += worth if holds else 0
    return [int(1000 * one // whole) if whole else -1 for one in sums]


def _after(day: date, months: int) -> date:
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
