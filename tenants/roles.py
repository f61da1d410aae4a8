"""Roles, permissions, and which role holds which permission.  Pure data, meant to be read."""

from enum import StrEnum


class Permission(StrEnum):
    """Named ``<resource>:<action>``."""

    ACTION_READ = "action:read"
    ACTION_WRITE = "action:write"
    ANSWER_WRITE = "answer:write"
    ASSESSMENT_WRITE = "assessment:write"
    ATTESTATION_ISSUE = "attestation:issue"
    ATTESTATION_READ = "attestation:read"
    AUDIT_ANSWER = "audit:answer"
    AUDIT_CONCLUDE = "audit:conclude"
    AUDIT_OPEN = "audit:open"
    AUDIT_READ = "audit:read"
    BRIEF_ORDER = "brief:order"
    CAMPAIGN_WRITE = "campaign:write"
    COLLECTION_WRITE = "collection:write"
    CONTEST_WRITE = "contest:write"
    CONTRACT_READ = "contract:read"
    CONTRACT_WRITE = "contract:write"
    ESTABLISHMENT_READ = "establishment:read"
    ESTABLISHMENT_WRITE = "establishment:write"
    EVIDENCE_READ = "evidence:read"
    EVIDENCE_WRITE = "evidence:write"
    FLEET_READ = "fleet:read"
    FLEET_IMPORT = "fleet:import"
    JOURNAL_READ = "journal:read"
    MAILBOX_READ = "mailbox:read"
    MEMBER_READ = "member:read"
    MEMBER_WRITE = "member:write"
    OFFERING_READ = "offering:read"
    OFFERING_WRITE = "offering:write"
    PROOF_DEPOSIT = "proof:deposit"
    RECORD_RECEIVE = "record:receive"
    RECORD_TAKE = "record:take"
    STATEMENT_READ = "statement:read"
    STATEMENT_WRITE = "statement:write"
    TENANT_READ = "tenant:read"
    TENANT_TAKE = "tenant:take"
    TENANT_WRITE = "tenant:write"
    TRACKING_READ = "tracking:read"
    TRACKING_WRITE = "tracking:write"
    VERDICT_WRITE = "verdict:write"


class Room(StrEnum):
    """Where a right is of use, as the page that shows them goes through them."""

    SPACE = "space"
    FLEET = "fleet"
    RECORD = "record"
    PROOFS = "proofs"
    HOUSE = "house"
    ATTESTATIONS = "attestations"
    AUDITS = "audits"
    TAKING = "taking"


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    TECHNICIAN = "technician"
    BILLING = "billing"
    DIRECTOR = "director"
    MEMBER = "member"
    AUDITOR = "auditor"


#: Roles of the provider's own people; the others see listed establishments only.
PROVIDER_ROLES = frozenset({Role.OWNER, Role.MANAGER, Role.TECHNICIAN, Role.BILLING})

#: What only an outsider says, and whoever invites her hands out without holding it.
OUTSIDE_VOICES = frozenset(
    {
        Permission.AUDIT_CONCLUDE,
        Permission.ASSESSMENT_WRITE,
        Permission.ANSWER_WRITE,
        Permission.BRIEF_ORDER,
        Permission.PROOF_DEPOSIT,
    }
)

#: Roles that see enough of others to need two factors, whatever the tenant says.
GUARDED_ROLES = PROVIDER_ROLES | {Role.AUDITOR}


class SecondFactor(StrEnum):
    """Of whom a tenant demands two factors."""

    PROVIDERS = "providers"
    EVERYONE = "everyone"
    #: For demonstrations: counts as ``PROVIDERS`` in production.
    NOBODY = "nobody"


_P = Permission
#: What it takes to follow establishments, whichever one sees, without a word to say.
_FOLLOWING = frozenset(
    {
        _P.ATTESTATION_READ,
        _P.CONTRACT_READ,
        _P.ESTABLISHMENT_READ,
        _P.EVIDENCE_READ,
        _P.FLEET_READ,
        _P.MAILBOX_READ,
        _P.TENANT_READ,
        _P.TRACKING_READ,
    }
)
#: Self-assessments, answers to its own requirements with their proofs, and what it tells its board
#: are the establishment's words; its verdicts are its director's.
_HOUSE = frozenset({_P.ASSESSMENT_WRITE, _P.ANSWER_WRITE, _P.BRIEF_ORDER, _P.PROOF_DEPOSIT})
_HOUSE_ALONE = _HOUSE | {_P.VERDICT_WRITE}
#: What both sides keep: the plan of what is left, what is collected, and what is said of a contest.
#: An auditor has her findings instead.
_ACTING = frozenset({_P.ACTION_READ, _P.ACTION_WRITE, _P.COLLECTION_WRITE, _P.CONTEST_WRITE})
_PROVIDER_READS = frozenset(p for p in Permission if p.endswith(":read"))
_PROVIDER = frozenset(Permission) - _HOUSE_ALONE - {_P.AUDIT_CONCLUDE}

#: Each right once, the wider before the narrower.
ROOMS: dict[Room, tuple[Permission, ...]] = {
    Room.SPACE: (
        _P.TENANT_READ,
        _P.TENANT_WRITE,
        _P.MEMBER_READ,
        _P.MEMBER_WRITE,
        _P.JOURNAL_READ,
        _P.MAILBOX_READ,
    ),
    Room.FLEET: (
        _P.FLEET_READ,
        _P.FLEET_IMPORT,
        _P.ESTABLISHMENT_READ,
        _P.ESTABLISHMENT_WRITE,
        _P.OFFERING_READ,
        _P.OFFERING_WRITE,
        _P.CONTRACT_READ,
        _P.CONTRACT_WRITE,
    ),
    Room.RECORD: (
        _P.STATEMENT_READ,
        _P.STATEMENT_WRITE,
        _P.TRACKING_READ,
        _P.TRACKING_WRITE,
        _P.ACTION_READ,
        _P.ACTION_WRITE,
    ),
    Room.PROOFS: (
        _P.EVIDENCE_READ,
        _P.EVIDENCE_WRITE,
        _P.PROOF_DEPOSIT,
        _P.COLLECTION_WRITE,
    ),
    Room.HOUSE: (
        _P.VERDICT_WRITE,
        _P.CONTEST_WRITE,
        _P.ANSWER_WRITE,
        _P.CAMPAIGN_WRITE,
        _P.ASSESSMENT_WRITE,
        _P.BRIEF_ORDER,
    ),
    Room.ATTESTATIONS: (_P.ATTESTATION_READ, _P.ATTESTATION_ISSUE),
    Room.AUDITS: (_P.AUDIT_READ, _P.AUDIT_OPEN, _P.AUDIT_ANSWER, _P.AUDIT_CONCLUDE),
    Room.TAKING: (_P.RECORD_TAKE, _P.RECORD_RECEIVE, _P.TENANT_TAKE),
}

#: The establishment alone recognises or contests: a provider never judges its own word.
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _PROVIDER,
    #: One client's record may leave by her; that of all of them, by an owner alone.
    Role.MANAGER: _PROVIDER - {_P.TENANT_WRITE, _P.TENANT_TAKE},
    Role.TECHNICIAN: _PROVIDER_READS
    | {_P.EVIDENCE_WRITE, _P.TRACKING_WRITE, _P.STATEMENT_WRITE, _P.ESTABLISHMENT_WRITE}
    | {_P.ACTION_WRITE, _P.COLLECTION_WRITE, _P.CONTEST_WRITE, _P.AUDIT_ANSWER},
    Role.BILLING: (_FOLLOWING | {_P.ACTION_READ}) - {_P.MAILBOX_READ},
    Role.DIRECTOR: _FOLLOWING
    | _ACTING
    | _HOUSE_ALONE
    | {_P.JOURNAL_READ, _P.AUDIT_READ, _P.AUDIT_ANSWER, _P.RECORD_TAKE},
    Role.MEMBER: _FOLLOWING | _ACTING | _HOUSE | {_P.AUDIT_READ},
    #: The rooms of her engagements, and nothing beside them.
    Role.AUDITOR: frozenset({_P.AUDIT_READ, _P.AUDIT_CONCLUDE, _P.MAILBOX_READ, _P.TENANT_READ}),
}
