"""Where the pages of directories are: doors outside any tenant, and what its people set up."""

from flask import Blueprint

from portal.federation.views import coming, doorstep, mine, platform, settings
from portal.kit import routes

bp = Blueprint("federation", __name__)

_DOOR = "/connexion/annuaire"
_PSC = "/connexion/pro-sante-connect"
_TENANT = "/<tenant_slug>"
_PLACES: tuple[routes.Route, ...] = (
    ("GET", _DOOR, "find", doorstep.find),
    ("GET", f"{_DOOR}/<slug>", "door", doorstep.door),
    ("GET", f"{_DOOR}/<slug>/depart", "leave", doorstep.leave),
    ("GET", f"{_DOOR}/<slug>/retour", "arrive", coming.arrive),
    ("GET", "/connexion/confirmer-annuaire", "confirm", doorstep.confirm),
    ("GET", "/connexion/cet-espace-seul", "limited", doorstep.limited),
    ("GET", "/connexion/deux-facteurs-demandes", "weak", doorstep.weak),
    ("GET", _PSC, "platform", platform.show),
    ("POST", _PSC, "tie_platform", platform.tie),
    ("POST", f"{_PSC}/delier", "untie_platform", platform.untie),
    ("GET", f"{_PSC}/relier", "leave_to_tie_platform", platform.leave_to_tie),
    ("GET", f"{_PSC}/confirmer", "confirm_platform", platform.confirm),
    ("GET", f"{_PSC}/depart", "leave_platform", platform.leave),
    ("GET", f"{_PSC}/retour", "arrive_platform", coming.arrive_platform),
    ("GET", f"{_TENANT}/annuaire", "settings", settings.show),
    ("POST", f"{_TENANT}/annuaire", "save", settings.save),
    ("POST", f"{_TENANT}/annuaire/fermer", "shut", settings.shut),
    ("GET", f"{_TENANT}/annuaire/essai", "trial", settings.trial),
    ("GET", f"{_TENANT}/mon-annuaire", "mine", mine.show),
    ("POST", f"{_TENANT}/mon-annuaire", "tie", mine.tie),
    ("POST", f"{_TENANT}/mon-annuaire/delier", "untie", mine.untie),
    ("GET", f"{_TENANT}/mon-annuaire/depart", "leave_to_tie", mine.leave),
)
routes.add(bp, _PLACES)
