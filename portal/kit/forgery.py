"""The token that forms carry, looked for by a view whose body is not to be read any sooner.

Such a view is exempt from the check that goes before all views, which reads the body for it.
"""

from flask import current_app
from flask_wtf import CSRFProtect


def check() -> None:
    """Refuse a form without its token, as it is refused everywhere else."""
    if current_app.config["WTF_CSRF_ENABLED"]:
        forgery: CSRFProtect = current_app.extensions["csrf"]
        forgery.protect()
