"""Signing in and out, the language, and the way to the tenants a person may enter."""
