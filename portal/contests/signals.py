"""What contests tell the slices above them, in the same transaction.

Whoever keeps a list of things to do opens one for the provider at the first, has one again at the
second, and closes it at the third.  The first may come again for the same contest when what closed
it is undone.
"""

from blinker import Signal

#: ``contest``: the row, new or open again; its ``codes``, ``reason`` and ``establishment_id``.
contest_opened = Signal()
#: ``contest``: one that is open and was contested anew; ``reason``: in these words.
contest_pressed = Signal()
#: ``contest_ids``: those that are settled, ``outcome``: how.
contest_closed = Signal()
