"""What somebody was given, and what she therefore reaches: a dozen lines of plain Python."""

from dataclasses import dataclass, field

from tenants.roles import PROVIDER_ROLES, Role

ALL = frozenset({0, 1, 2})


@dataclass
class Span:
    """Days count from the model's own today; ``ends`` is the first day without."""

    starts: int
    ends: int | None
    revoked: bool = False

    def lasts(self, today: int) -> bool:
        begun = self.starts <= today and (self.ends is None or today < self.ends)
        return begun and not self.revoked


@dataclass
class Audit(Span):
    """An engagement of somebody's in one tenant."""

    places: set[int] = field(default_factory=set)


@dataclass
class Access(Span):
    """What somebody was given in one tenant."""

    role: Role = Role.MEMBER
    listed: set[int] = field(default_factory=set)

    def reached(self, today: int, audit: Audit | None = None) -> set[int]:
        """On the pages of the engagement when one is named, on all others when none is."""
        if not self.lasts(today):
            return set()
        if self.role is Role.AUDITOR:
            within = audit is not None and audit.lasts(today)
            return self.listed & audit.places if audit is not None and within else set()
        return set(ALL) if self.role in PROVIDER_ROLES else self.listed

    def enters(self, today: int, audit: Audit, *, hers: bool) -> bool:
        """Whether she finds the engagement itself; ``hers``: she is its auditor."""
        if not self.lasts(today):
            return False
        if self.role is Role.AUDITOR:
            return hers and audit.lasts(today)
        return self.role in PROVIDER_ROLES or bool(self.listed & audit.places)
