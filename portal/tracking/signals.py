"""What tracking tells the slices above it."""

from blinker import Signal

#: Sent in the transaction of the daily sweep, once the day's state is known.  ``today``: date.
swept = Signal()
#: A house gave its view, or took it back.  ``actor``, ``establishment_id``, ``edition_id``,
#: ``said``: what was declared of each code it judged, ``verdict``, ``reason``, ``at``.
judged = Signal()
#: What is declared may have changed at these establishments (``None``: all) where something is
#: contested, and their scores with it.  ``establishment_ids``.
restated = Signal()
