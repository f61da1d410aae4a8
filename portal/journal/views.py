"""The page of the journal, its files, and the verification of its chain."""

import hmac
import re
import uuid
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.audit import verification
from portal.audit.chain import GENESIS, Head
from portal.fleet import queries as fleet
from portal.journal import exports, queries, verifying
from portal.journal.queries import COUNTED, Choice
from portal.kit import clock, csvfile, keys
from portal.kit.addresses import address
from portal.kit.pages import PER_PAGE, Page, is_fragment, page_number, same_page
from portal.kit.streams import streamed
from tenants.access import requires
from tenants.http import current_actor, current_membership, current_tenant
from tenants.roles import Permission

bp = Blueprint("journal", __name__, url_prefix="/<tenant_slug>")

#: What a deed's action begins with; templates/journal has their words.
KINDS = (
    "statement", "requirement", "contest", "assessment", "evidence", "request", "collection",
    "action", "establishment", "contract", "offering", "attestation", "brief", "engagement",
    "record", "import", "reminder", "mail", "member", "invitation", "tenant", "directory",
    "calendar", "vault", "work",
)  # fmt: skip
#: Where the subject of a deed is shown, with the name of its id in the address.
_PAGES = {
    "evidence": ("evidence.show", "evidence_id"),
    "offering": ("contracts.offering", "offering_id"),
    "import": ("fleet.import_run", "run_id"),
    "attestation_batch": ("attestations.batch", "batch_id"),
}
_OPENED_BY = {
    "evidence": Permission.EVIDENCE_READ,
    "offering": Permission.OFFERING_READ,
    "import": Permission.FLEET_IMPORT,
    "attestation_batch": Permission.ATTESTATION_ISSUE,
}
#: Links followed in one request, about half a second's worth.
STRETCH = 20_000
_PLACE = re.compile(r"(\d{1,15}):([0-9a-f]{64}):([0-9a-f]{64})")


@bp.get("/journal")
@requires(Permission.JOURNAL_READ)
def index() -> ResponseReturnValue:
    choice, number = _choice(), page_number()
    offset = (number - 1) * PER_PAGE
    shown = queries.deeds(choice, limit=PER_PAGE, offset=offset) if offset < COUNTED else []
    total = queries.count(choice)
    places = {event.establishment_id for event in shown} | {choice.establishment}
    return render_template(
        "journal/index.html",
        page=Page(shown, number, total),
        most=COUNTED,
        choice=choice,
        kinds=KINDS,
        people=queries.people(),
        places={row.id: row.name for row in fleet.named([one for one in places if one])},
        subject_url=_subject_url,
        same_page=same_page,
        whole=current_membership().whole_tenant,
        asked={key: value for key, value in request.args.items() if key != "page" and value},
    )


@bp.get("/journal.csv")
@requires(Permission.JOURNAL_READ)
def csv() -> ResponseReturnValue:
    name = f"journal-{current_tenant().slug}.csv"
    return csvfile.attachment(name, exports.HEAD, exports.rows(_choice()))


@bp.get("/journal.json")
@requires(Permission.JOURNAL_READ)
def json() -> ResponseReturnValue:
    tenant = current_tenant()
    about: dict[str, Any] = {"provider": tenant.name, "tenant": str(tenant.id)}
    if current_membership().whole_tenant:
        end = verification.head()
        about["head"] = {"position": end.position, "digest": end.digest.hex()}
    return Response(
        streamed(exports.document(_choice(), **about)),
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="journal-{tenant.slug}.json"'},
    )


@bp.get("/journal/verification")
@requires(Permission.JOURNAL_READ)
def verify() -> ResponseReturnValue:
    """A stretch of the chain at a time; the address says from where on."""
    if not current_membership().whole_tenant:
        abort(404)
    told = verifying.follow(_believed(), limit=STRETCH)
    template = "journal/_verification.html" if is_fragment() else "journal/verification.html"
    place = f"{told.end.position}:{told.end.digest.hex()}"
    return render_template(template, told=told, place=place, onwards=f"{place}:{_followed(place)}")


def _believed() -> Head:
    """As far as this portal has followed it; from the first deed on for any other address.

    Else a link made by somebody else would leave out what she changed, or tell of a false break.
    """
    found = _PLACE.fullmatch(request.args.get("from", ""))
    if found is None or not hmac.compare_digest(found[3], _followed(f"{found[1]}:{found[2]}")):
        return GENESIS
    return Head(int(found[1]), bytes.fromhex(found[2]))


def _followed(place: str) -> str:
    """Our word that a chain of this tenant holds from its first deed to this place."""
    return keys.digest("journal followed", str(current_tenant().id), place)


def _choice() -> Choice:
    """What the address asks for; nonsense asks for nothing."""
    args = request.args
    kind = args.get("kind", "")
    return Choice(
        since=args.get("since", type=clock.read_day),
        until=args.get("until", type=clock.read_day),
        person=args.get("person", type=uuid.UUID),
        kind=kind if kind in KINDS else "",
        establishment=args.get("establishment", type=uuid.UUID),
        requirement=args.get("requirement", "").replace("\0", "").strip().upper()[:20],
    )


def _subject_url(event: Any) -> str | None:
    """Where the reader may see what the deed was done to."""
    if event.establishment_id is not None:
        if event.requirement_code:
            return address(
                "tracking.point",
                establishment_id=event.establishment_id,
                code=event.requirement_code,
            )
        return address("tracking.establishment", establishment_id=event.establishment_id)
    if (page := _PAGES.get(event.subject_type)) is None:
        return None
    if not current_actor().may(_OPENED_BY[event.subject_type]):
        return None
    return address(page[0], **{page[1]: event.subject_id})
