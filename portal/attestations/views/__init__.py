"""The attestations' screens: ordering, following, downloading, and checking by anybody."""

from portal.attestations.views import downloads, listing, orders, standing, verify
from portal.attestations.views.blueprint import bp

__all__ = ["bp", "downloads", "listing", "orders", "standing", "verify"]
