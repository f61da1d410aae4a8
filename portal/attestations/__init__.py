"""Attestations: a numbered, frozen, checkable picture of where an establishment stands."""
