"""What the evidence slice tells whoever stands above it; connected in ``portal.app``."""

from blinker import Signal

#: Proof came, went or moved.  Sent with ``codes`` (requirements), ``establishment_ids`` (``None``
#: when it serves the tenant or an offering) and ``today``.
evidence_changed = Signal()
#: Asks what rests on these proofs to their last day; ``evidence_ids``.  Whoever knows answers with
#: a mapping of ids to ``holding.Held``.
holding_asked = Signal()
