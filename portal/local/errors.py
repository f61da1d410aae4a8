"""What can go wrong before the portal is up, in words for whoever typed the command."""


class LocalError(RuntimeError):
    """The portal cannot run here as things are; the message says why, and what to change."""
