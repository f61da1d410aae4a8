"""What a file must be before it is kept.  Pure functions over bytes: no clock, no network, no disk.

Each check raises :class:`~portal.vault.checks.verdict.Failed` with its reason, or says nothing.
"""
