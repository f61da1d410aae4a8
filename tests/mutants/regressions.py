"""What each named regression protects (R1 to R20), broken, with the test of its name.

More than one lock holds most of them, so all that would have to fail together is taken away
together: what is asked is whether the test of that name can fail at all.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from tests.mutants import gate
from tests.mutants.breaking import Edit
from tests.mutants.database import Policy, Together, WideOpen

_HOUSE = "tests/house/test_regressions"


class Regression(NamedTuple):
    """``test``: pytest's address of the test, or the tests, that should notice."""

    test: str
    breaking: Edit | Policy | Together


def _shown(*tables: str) -> Together:
    """Whoever is listed sees the rows of every establishment."""
    return Together(tuple(Policy(table, "establishment_scope") for table in tables))


def _foreign(table: str, model: str) -> Together:
    """Every tenant sees the rows of all: neither PostgreSQL nor the session holds."""
    return Together((WideOpen(table, "tenant_isolation"), gate.without_filter(model)))


REGRESSIONS: Final[Mapping[str, Regression]] = MappingProxyType(
    {
        "R1, a file tells more than its page": Regression(
            f"{_HOUSE}.py::test_r1_no_other_renderer_tells_what_its_page_hides",
            _shown("establishment", "attestation"),
        ),
        "R2, a file is had by its id": Regression(
            f"{_HOUSE}.py::test_r2_a_file_is_not_had_by_its_id", _foreign("evidence", "Evidence")
        ),
        "R3, a directory's word is taken in every tenant": Regression(
            "tests/federation/test_signing_in.py::"
            "test_r3_the_sso_of_one_tenant_opens_no_other_even_for_a_person_of_both",
            gate.GATE["a sign-in's own tenant"],
        ),
        "R5, an id that is sent is of any tenant": Regression(
            f"{_HOUSE}_writing.py::test_r5_an_id_in_a_body_or_a_query_is_of_the_address_s_tenant",
            _foreign("establishment", "Establishment"),
        ),
        "R6, the object decides, not the address": Regression(
            f"{_HOUSE}.py::test_r6_the_address_s_tenant_decides_and_never_the_object_s",
            _foreign("establishment", "Establishment"),
        ),
        "R7, no role is asked of who judges": Regression(
            f"{_HOUSE}_writing.py::test_r7_nobody_else_gives_the_establishment_s_view",
            gate.GATE["the permission"],
        ),
        "R8, what was written reads another tenant": Regression(
            f"{_HOUSE}_writing.py::test_r8_an_id_that_was_written_reads_nothing_back",
            _foreign("offering", "Offering"),
        ),
        "R9, any role may be given": Regression(
            f"{_HOUSE}_writing.py::test_r9_a_manager_makes_no_owner_on_any_path",
            Edit("portal.people.rules", "if not may_grant(actor.role, role):", "if False:"),
        ),
        "R10, what is kept is kept for all readers": Regression(
            f"{_HOUSE}_below.py",
            Edit(
                "portal.tracking.kept",
                "    scope = current_scope()\n    if",
                "    scope = Scope()\n    return scope\n    if",
            ),
        ),
        "R11, an invitation is anybody's": Regression(
            "tests/people/test_granting.py::test_r11_an_invitation_is_bound_to_its_address",
            Together(
                (
                    Edit("portal.people.service", "if person.email != row.email:", "if False:"),
                    Edit(
                        "portal.people.views.invitation",
                        "if known is not None and known.email != offer.email:",
                        "if False:",
                    ),
                )
            ),
        ),
        "R12, a proof of the provider's own is shown": Regression(
            f"{_HOUSE}_private.py::"
            "test_r12_no_page_or_file_holds_a_proof_that_is_the_provider_s_own",
            _shown("evidence"),
        ),
        "R13, a filter matches in the dark": Regression(
            f"{_HOUSE}_private.py::test_r13_no_filter_tells_what_it_matched_in_the_dark",
            _shown("evidence"),
        ),
        "R14, an order is asked for and its documents are not": Regression(
            f"{_HOUSE}_below.py::test_r14_an_order_gives_whoever_is_listed_her_own_documents_alone",
            _shown("establishment", "attestation"),
        ),
        "R15, an act reaches what nobody sees": Regression(
            f"{_HOUSE}_writing.py::test_r15_no_act_reaches_what_one_cannot_see",
            _foreign("establishment", "Establishment"),
        ),
        "R16, who adds a factor passes the other doors": Regression(
            f"{_HOUSE}_entry.py::test_r16_what_opens_to_add_a_factor_opens_no_other_door",
            Edit("tenants.http", "if current_sign_in().enrolling and not", "if False and not"),
        ),
        "R17, members of every tenant are managed": Regression(
            f"{_HOUSE}_writing.py::test_r17_managing_people_moves_nobody_of_another_tenant",
            _foreign("membership", "Membership"),
        ),
        "R18, an act is undone by any room": Regression(
            f"{_HOUSE}.py::test_r18_an_act_is_undone_by_the_room_that_did_it",
            Edit("portal.audit.acts", ", BulkAct.kind.in_(kinds)", ""),
        ),
        "R19, everybody operates the portal": Regression(
            f"{_HOUSE}.py::test_r19_who_does_not_operate_the_portal_finds_no_back_office",
            Edit(
                "portal.operations.views", "if not operating.is_operator(g.user.id):", "if False:"
            ),
        ),
        "R20, no version is below the floor": Regression(
            f"{_HOUSE}_below.py::test_r20_nobody_is_served_below_the_floor",
            Edit(
                "tenants.selfcheck",
                "major < OLDEST or version < FLOOR",
                "major < OLDEST or 0 > FLOOR",
            ),
        ),
    }
)
