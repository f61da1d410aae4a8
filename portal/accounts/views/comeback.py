"""« Je n'ai plus aucun de mes moyens »: after the password, a request, a wait, a code by e-mail.

What comes of it can only add a second factor.  Nothing here is shown before the right password.
"""

from flask import redirect, render_template, request
from flask import url_for as address
from flask.typing import ResponseReturnValue

from portal.accounts import codes, comeback, notices, queries, sessions, steps
from portal.accounts.codes import Purpose
from portal.accounts.forms import CodeSchema
from portal.accounts.notices import Act
from portal.accounts.steps import HalfWay
from portal.accounts.views.blueprint import bp
from portal.kit import clock, limits, tokens
from portal.kit.errors import Refused
from portal.kit.form import Form
from portal.kit.i18n import lazy_gettext as _
from tenants.access import public
from tenants.http import act_as


@bp.get("/connexion/sans-facteur")
@public
def comeback_page() -> ResponseReturnValue:
    if (half_way := steps.current()) is None:
        return _to_sign_in()
    act_as(half_way.user_id)
    return _page(half_way, Form(CodeSchema))


@bp.post("/connexion/sans-facteur")
@public
def ask_comeback() -> ResponseReturnValue:
    """Begin the wait, and tell at once whoever reads her mail, who can take it back."""
    if (half_way := steps.current()) is None:
        return _to_sign_in()
    limits.count("comeback", person=half_way.email)
    act_as(half_way.user_id)
    if queries.factors(half_way.user_id):
        token = comeback.ask(half_way.user_id, at=clock.now())
        if token is not None:
            link = address("accounts.cancel_comeback", token=token)
            notices.note(
                half_way.user_id, Act.COMEBACK_ASKED, link=(_("Cancel this request"), link)
            )
    return redirect(address("accounts.comeback_page"), 303)


@bp.post("/connexion/sans-facteur/code")
@public
def send_comeback_code() -> ResponseReturnValue:
    if (half_way := steps.current()) is None:
        return _to_sign_in()
    limits.count("code-sent", person=half_way.email)
    act_as(half_way.user_id)
    asked = comeback.standing(half_way.user_id, at=clock.now())
    if comeback.is_open(asked, at=clock.now()):
        codes.issue(half_way.email, Purpose.COMEBACK)
    return redirect(address("accounts.comeback_page"), 303)


@bp.post("/connexion/sans-facteur/ajout")
@public
def come_back() -> ResponseReturnValue:
    """The code typed where it was asked for opens a sign-in that can add a factor, no more."""
    if (half_way := steps.current()) is None:
        return _to_sign_in()
    limits.count("code-typed", person=half_way.email)
    form = Form(CodeSchema, request.form)
    act_as(half_way.user_id)
    asked = comeback.standing(half_way.user_id, at=clock.now())
    if not comeback.is_open(asked, at=clock.now()):
        return redirect(address("accounts.comeback_page"), 303)
    if not form.validate() or not codes.check(half_way.email, Purpose.COMEBACK, form.data["code"]):
        if not form.errors:
            form.blame(Refused("This code opens nothing, or has been used already.", field="code"))
        return _page(half_way, form), 422
    sessions.open_session(
        half_way.user_id, method="comeback", strong=False, enrolling=comeback.ENROL_WITHIN
    )
    return redirect(address("accounts.second_factor"), 303)


@bp.get("/connexion/sans-facteur/annuler/<token>")
@public
def cancel_comeback(token: str) -> ResponseReturnValue:
    """The same page whatever the link: a mail server that looks at links does nothing by it."""
    return render_template("accounts/cancel_comeback.html", token=token, done=False)


@bp.post("/connexion/sans-facteur/annuler/<token>")
@public
def cancel_comeback_now(token: str) -> ResponseReturnValue:
    """Says the same whether there was anything to take back: afterwards there is not."""
    limits.count("challenge")
    if (read := tokens.read(token)) is not None:
        act_as(read.owner_id)
        if comeback.annul(read.owner_id, by=read, at=clock.now()):
            notices.note(read.owner_id, Act.COMEBACK_VOID)
    return render_template("accounts/cancel_comeback.html", token=token, done=True)


def _to_sign_in() -> ResponseReturnValue:
    return redirect(address("accounts.sign_in"), 303)


def _page(half_way: HalfWay, form: Form) -> str:
    asked = comeback.standing(half_way.user_id, at=clock.now())
    opened = comeback.is_open(asked, at=clock.now())
    return render_template(
        "accounts/comeback.html",
        form=form,
        asked=asked,
        opened=opened,
        awaited=opened and codes.asked(Purpose.COMEBACK),
        email=half_way.email,
        days=comeback.WAIT.days,
    )
