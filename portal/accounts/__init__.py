"""Signing in and out, the language, and the way to the tenants a person may enter.

A password (``service``, ``passwords``), then a factor (``totp``, ``passkeys``, ``recovery``);
``steps`` is what lies between them, ``sessions`` what opens.  ``comeback`` is for who lost every
factor, ``moving`` for another address; ``notices`` tells her what happened, ``witness`` the
tenants she is in.
"""
