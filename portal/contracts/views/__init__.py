"""Where the pages of offerings and contracts are.  The endpoints are what templates link to."""

from flask import Blueprint

from portal.contracts.views import bearers, contracts, offerings
from portal.kit import routes

bp = Blueprint("contracts", __name__, url_prefix="/<tenant_slug>")

_OFFERING = "/prestations/<uuid:offering_id>"
_HERE = "/etablissements/<uuid:establishment_id>"
_PLACES: tuple[routes.Route, ...] = (
    ("GET", "/prestations", "offerings", offerings.index),
    ("POST", "/prestations/adopter", "adopt", offerings.adopt),
    ("GET", "/prestations/nouvelle", "new_offering", offerings.new),
    ("POST", "/prestations/nouvelle", "create_offering", offerings.create),
    ("GET", _OFFERING, "offering", offerings.show),
    ("GET", f"{_OFFERING}/modifier", "edit_offering", offerings.edit),
    ("POST", f"{_OFFERING}/modifier", "save_offering", offerings.save),
    ("POST", "/prestations/actes/<uuid:act_id>/annuler", "undo_offering", offerings.undo),
    ("POST", f"{_OFFERING}/archiver", "archive_offering", offerings.archive),
    ("POST", f"{_OFFERING}/reprendre", "restore_offering", offerings.restore),
    ("GET", f"{_HERE}/contrats", "here", contracts.here),
    ("POST", f"{_HERE}/contrats", "sign", contracts.sign),
    ("POST", "/contrats/<uuid:contract_id>/terminer", "end", contracts.end),
    ("POST", "/contrats/<uuid:contract_id>/retirer", "remove", contracts.remove),
    ("POST", "/contrats/actes/<uuid:act_id>/annuler", "undo", contracts.undo),
    ("GET", "/contrats/en-nombre", "many", contracts.many),
    ("POST", "/contrats/en-nombre", "many", contracts.many),
    ("GET", f"{_HERE}/qui-fait-quoi", "responsibility", bearers.show),
    ("GET", f"{_HERE}/qui-fait-quoi.csv", "responsibility_csv", bearers.export),
    ("POST", f"{_HERE}/qui-fait-quoi/<code>", "share", bearers.share),
)
routes.add(bp, _PLACES)
