"""Where the pages of proofs are.  The endpoints are what templates link to."""

from flask import Blueprint

from portal.evidence.views import batch, deposit, examining, proof, shelf
from portal.kit import handing, routes

bp = Blueprint("evidence", __name__, url_prefix="/<tenant_slug>/preuves")

_ONE = "/<uuid:evidence_id>"
_PLACES: tuple[routes.Route, ...] = (
    ("GET", "", "shelf", shelf.show),
    ("GET", "/export.csv", "shelf_csv", shelf.export),
    ("GET", "/nouvelle", "new", deposit.new),
    ("POST", "/nouvelle", "add", deposit.add),
    ("GET", "/plusieurs", "many", batch.many),
    ("POST", "/plusieurs", "add_many", batch.add_many),
    ("POST", "/plusieurs/un", "add_one", batch.add_one),
    ("GET", f"{_ONE}/issue", "outcome", batch.outcome),
    ("GET", "/lier", "choose_links", batch.link_many),
    ("POST", "/lier", "link_many", batch.link_many),
    ("POST", "/lots/<uuid:act_id>/annuler", "undo_many", batch.undo_many),
    ("GET", "/etablissements", "establishments", deposit.establishments),
    ("GET", "/validite", "suggest", deposit.suggest),
    ("GET", _ONE, "show", proof.show),
    ("GET", f"{_ONE}/etat", "state", examining.state),
    ("POST", f"{_ONE}/confirmer", "vouch", examining.vouch),
    ("POST", f"{_ONE}/essayer", "retry", examining.retry),
    ("GET", f"{_ONE}/modifier", "edit", proof.edit),
    ("POST", f"{_ONE}/modifier", "save", proof.save),
    ("POST", f"{_ONE}/lier", "link", proof.link),
    ("POST", f"{_ONE}/delier", "unlink", proof.unlink),
    ("GET", f"{_ONE}/retirer", "withdrawal", proof.withdrawal),
    ("POST", f"{_ONE}/retirer", "withdraw", proof.withdraw),
    ("POST", f"{_ONE}/retablir", "restore", proof.restore),
    ("GET", f"{_ONE}/remplacer", "replace", deposit.replace),
    ("POST", f"{_ONE}/remplacer", "put_next", deposit.put_next),
    ("POST", "/actes/<uuid:act_id>/annuler", "undo", proof.undo),
)
routes.add(bp, _PLACES)
handing.add(bp, "GET", f"{_ONE}/fichier", "download", proof.download)
