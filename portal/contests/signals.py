"""What contests tell the slices above them, in the same transaction.

Whoever keeps a list of things to do opens one for the provider at the first and closes it at the
second, which may come again for the same contest when what closed it is undone.
"""

from blinker import Signal

#: ``contest``: the row, new or open again; its ``codes``, ``reason`` and ``establishment_id``.
contest_opened = Signal()
#: ``contest_ids``: those that are settled, ``outcome``: how.
contest_closed = Signal()
