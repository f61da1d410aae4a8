"""The public page: what is kept about people."""

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from portal.privacy.register import REGISTER
from tenants.access import public


@public
def notice() -> ResponseReturnValue:
    days = current_app.permanent_session_lifetime.days
    return render_template("privacy/notice.html", register=REGISTER, cookie_days=days)
