"""What accounts ask of slices above them; connected in ``portal.app``."""

from blinker import Signal

#: Somebody comes into a tenant: a receiver may name the endpoint where she had better begin, or
#: ``None``.  Sent with ``actor``.
arrived = Signal()
