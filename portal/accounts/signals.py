"""What accounts ask of slices above them; connected in ``portal.app``."""

from blinker import Signal

#: Somebody comes into a tenant: a receiver may name the endpoint where she had better begin, or
#: ``None``.  Sent with ``actor``.
arrived = Signal()

#: What a person has outside her tenants, on the page of her accesses: a receiver names the
#: endpoints.  Sent with ``user_id``, in her own scope.
besides = Signal()
