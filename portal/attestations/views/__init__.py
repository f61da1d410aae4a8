"""The attestations' screens: ordering, following, downloading, and checking by anybody."""

from portal.attestations.views import downloads, listing, offline, orders, standing, verify
from portal.attestations.views.blueprint import bp

__all__ = ["bp", "downloads", "listing", "offline", "orders", "standing", "verify"]
