"""Where the pages of engagements are.  The endpoints are what templates link to."""

from flask import Blueprint

from portal.engagements.views import acts, export, opening, reports, room
from portal.kit import handing, routes

bp = Blueprint("engagements", __name__, url_prefix="/<tenant_slug>/audits")

_ROOM = "/<uuid:engagement_id>"
_PLACE = f"{_ROOM}/<uuid:establishment_id>"
_POINT = f"{_PLACE}/<code>"
_PLACES: tuple[routes.Route, ...] = (
    ("GET", "", "index", room.index),
    ("GET", "/nouveau", "new", opening.new),
    ("POST", "/nouveau", "open", opening.open_),
    ("GET", _ROOM, "room", room.show),
    ("POST", f"{_ROOM}/terminer", "revoke", opening.revoke),
    ("POST", f"{_ROOM}/tirer", "draw", acts.draw),
    ("POST", f"{_ROOM}/demandes/<uuid:request_id>", "answer", acts.answer),
    ("POST", f"{_ROOM}/constats/<uuid:finding_id>", "reply", acts.reply),
    ("POST", f"{_ROOM}/clore", "close", reports.close),
    ("POST", f"{_ROOM}/rapports/relancer", "remake", reports.remake),
    ("GET", _PLACE, "place", room.place),
    ("GET", _POINT, "point", room.point),
    ("POST", f"{_POINT}/demander", "ask", acts.ask),
    ("POST", f"{_POINT}/conclure", "conclude", acts.conclude),
)
routes.add(bp, _PLACES)
handing.add(bp, "POST", f"{_ROOM}/export.zip", "export", export.download)
handing.add(bp, "GET", f"{_PLACE}/rapport.pdf", "report", reports.download)
handing.add(bp, "GET", f"{_POINT}/preuves/<uuid:evidence_id>", "download", room.download)
