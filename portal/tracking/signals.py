"""What tracking tells the slices above it."""

from blinker import Signal

#: Sent in the transaction of the daily sweep, once the day's state is known.  ``today``: date.
swept = Signal()
