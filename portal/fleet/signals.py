"""What the fleet slice tells whoever stands above it; connected in ``portal.app``."""

from blinker import Signal

#: Tier or conditions changed.  Sent with ``establishment_ids`` and ``today``.
establishments_changed = Signal()
