"""The provider, its two clients and their people, as tracking's tests know them."""

from tests.tracking.conftest import pages, visit

__all__ = ["pages", "visit"]
