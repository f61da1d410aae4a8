"""The provider, its two clients and their people, as tracking's tests know them."""

from tests.tracking.conftest import pages

__all__ = ["pages"]
