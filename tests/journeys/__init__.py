"""Walks through the running portal in a real browser: few, slow, as a person would."""
