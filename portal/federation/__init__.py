"""Signing in through somebody else's word: a provider's directory, Pro Santé Connect."""
