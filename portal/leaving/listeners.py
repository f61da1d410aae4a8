"""What leaving does when a message of its own comes back; connected in ``portal.app``."""

from portal.kit.returned import came_back
from portal.leaving import telling


def connect() -> None:
    came_back.connect(telling.on_return)
