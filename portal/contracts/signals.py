"""What the contracts slice tells whoever stands above it; connected in ``portal.app``."""

from blinker import Signal

#: Contracts began, ended or changed bearers.  Sent with ``establishment_ids`` and ``today``.
contracts_changed = Signal()

#: What offerings carry changed.  Sent with ``establishment_ids`` (their clients) and ``today``.
offerings_changed = Signal()

#: Asks whoever owns the fleet board which establishments a filter shows.  Sent with ``query``, the
#: board's query string; a receiver answers with their ids.
fleet_filtered = Signal()
