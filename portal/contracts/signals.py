"""What the contracts slice tells whoever stands above it; connected in ``portal.app``."""

from blinker import Signal

#: Contracts began, ended or changed bearers.  Sent with ``establishment_ids`` and ``today``.
contracts_changed = Signal()

#: What offerings carry changed.  Sent with ``establishment_ids`` (their clients) and ``today``.
offerings_changed = Signal()

#: Asks whoever owns the fleet board which establishments a filter shows.  Sent with ``query``, the
#: board's query string; a receiver answers with their ids.
fleet_filtered = Signal()

#: Asks whoever keeps states and scores what an act would move.  Sent with ``act``, which is done
#: and taken back, ``codes``, ``establishment_ids`` (``None``: all) and ``today``; one receiver
#: answers with a ``rehearsal.Rehearsal``.
rehearsal_asked = Signal()

#: Asks which inherited states are recognised now, nobody judging meanwhile.  Sent with ``codes``; a
#: receiver answers with what ``recognitions_returned`` needs to give each of them back.
recognitions_asked = Signal()

#: These may be recognised again, where nobody thought them over.  Sent with ``kept`` and ``today``.
recognitions_returned = Signal()
