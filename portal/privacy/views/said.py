"""The public page: what is kept about people."""

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from portal.accounts import familiar
from portal.config import Settings
from portal.privacy.register import REGISTER, Contact
from tenants.access import public


@public
def notice() -> ResponseReturnValue:
    settings: Settings = current_app.config["SETTINGS"]
    return render_template(
        "privacy/notice.html",
        register=REGISTER,
        session_days=current_app.permanent_session_lifetime.days,
        browser_days=familiar.GOOD_FOR.days,
        contact=Contact.of(settings.data_protection_contact),
    )
