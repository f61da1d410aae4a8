"""The tenancy kernel: who is asking, for which provider, and which establishments they may see.

Imports nothing from ``portal``.  Everything in ``portal`` may import from here.
"""
