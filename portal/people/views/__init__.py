"""Where the pages of people are.  The endpoints are what templates link to."""

from flask import Blueprint

from portal.kit import routes
from portal.people.views import further, invitation, operating, person, signup, space, spaces, team

bp = Blueprint("people", __name__)

_TEAM = "/<tenant_slug>/equipe"
_SENT = f"{_TEAM}/invitations/<uuid:invitation_id>"
_MEMBER = f"{_TEAM}/<uuid:membership_id>"
_PLAN = "/exploitation/espaces/<slug>"
_PLACES: tuple[routes.Route, ...] = (
    ("GET", _TEAM, "team", team.index),
    ("GET", f"{_TEAM}/qui-peut-quoi", "rights", team.rights),
    ("GET", f"{_TEAM}/inviter", "new", team.new),
    ("POST", f"{_TEAM}/inviter", "invite", team.invite),
    ("POST", f"{_TEAM}/etablissements", "establishments", team.establishments),
    ("POST", f"{_SENT}/renvoyer", "resend", team.resend),
    ("POST", f"{_SENT}/retirer", "withdraw", team.withdraw),
    ("GET", _MEMBER, "member", team.member),
    ("POST", _MEMBER, "change", team.change),
    ("POST", f"{_MEMBER}/retirer", "revoke", team.revoke),
    ("GET", "/<tenant_slug>/premiers-pas", "first_steps", space.first_steps),
    ("GET", "/<tenant_slug>/reglages", "settings", space.settings),
    ("POST", "/<tenant_slug>/reglages", "save_settings", space.save_settings),
    ("GET", "/<tenant_slug>/quitter", "leaving", spaces.leaving),
    ("POST", "/<tenant_slug>/quitter", "leave", spaces.leave),
    ("GET", "/mes-espaces", "spaces", spaces.menu),
    ("GET", "/mes-missions", "missions", spaces.missions),
    ("GET", "/mes-prestataires", "providers", person.providers),
    ("GET", "/exploitation", "operating", operating.index),
    ("GET", _PLAN, "plan", operating.plan),
    ("POST", _PLAN, "grant_plan", operating.grant),
    ("GET", "/inscription", "sign_up", signup.show),
    ("POST", "/inscription", "ask", signup.ask),
    ("POST", "/inscription/code", "open", signup.open_),
    ("GET", "/inscription/espace", "further", further.show),
    ("POST", "/inscription/espace", "open_further", further.open_),
    ("GET", "/invitation/<token>", "invitation", invitation.show),
    ("POST", "/invitation/<token>", "accept", invitation.accept),
    ("GET", "/invitation/<token>/annuaire", "join_by", invitation.leave),
)
routes.add(bp, _PLACES)
