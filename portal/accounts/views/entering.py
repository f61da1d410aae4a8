"""Sign in, in one step or two, and out."""

from flask import current_app, redirect, render_template, request
from flask import url_for as address
from flask.typing import ResponseReturnValue

from portal.accounts import (
    familiar,
    notices,
    passkeys,
    queries,
    service,
    sessions,
    steps,
    visitors,
)
from portal.accounts.forms import ProofSchema, SignInSchema
from portal.accounts.notices import Act
from portal.accounts.steps import HalfWay
from portal.accounts.views.blueprint import bp
from portal.config import Settings
from portal.kit import clock, limits
from portal.kit.errors import NotFound, Refused
from portal.kit.form import Form
from portal.kit.limits import TooMany
from tenants import queries as tenancy
from tenants.access import public
from tenants.http import act_as


@bp.get("/connexion")
@public
def sign_in() -> ResponseReturnValue:
    target = sessions.local_path(request.args.get("next"))
    if visitors.visitor(clock.now()) is not None:
        return redirect(target, 303)
    if "again" not in request.args and (half_way := steps.current()) is not None:
        return _second_page(Form(ProofSchema), half_way, target)
    return _sign_in_page(Form(SignInSchema), target)


@bp.post("/connexion")
@public
def enter() -> ResponseReturnValue:
    target = sessions.local_path(request.args.get("next"))
    form = Form(SignInSchema, request.form)
    if not form.validate():
        return _sign_in_page(form, target), 422
    email = form.data["email"]
    browser = familiar.to(email)
    try:
        limits.count("sign-in", person=email, browser=browser)
    except TooMany as error:
        # Somebody else may have used them up: what counts none of them stays open.
        form.blame(
            Refused(
                "Too many tries in a short time. Try again at %(time)s,"
                " or sign in by other means, below.",
                **error.values,
            )
        )
        return _sign_in_page(form, target), error.status, {"Retry-After": str(error.seconds)}
    settings: Settings = current_app.config["SETTINGS"]
    person = service.authenticate(**form.data, memory_kib=settings.password_memory_kib)
    if person is None:
        form.blame(Refused("This address and this password do not go together."))
        return _sign_in_page(form, target), 422
    limits.forgive("sign-in", person=email, browser=browser)
    user_id, stamp = person.id, steps.stamp_of(person)
    act_as(user_id)
    if not steps.stands(user_id, stamp):
        form.blame(Refused("This address and this password do not go together."))
        return _sign_in_page(form, target), 422
    if not queries.factors(user_id):
        sessions.open_session(user_id, method="password", strong=False)
        return redirect(target, 303)
    steps.begin(person, method="password")
    return redirect(address("accounts.sign_in", next=_unless_home(target)), 303)


@bp.post("/connexion/double")
@public
def second_step() -> ResponseReturnValue:
    """The code or the passkey of whoever gave her password a short while ago."""
    target = sessions.local_path(request.args.get("next"))
    if (half_way := steps.current()) is None:
        return redirect(address("accounts.sign_in", next=_unless_home(target)), 303)
    browser = familiar.to(half_way.email)
    limits.count("factor", person=half_way.email, browser=browser)
    form = Form(ProofSchema, request.form)
    form.validate()
    act_as(half_way.user_id)
    places = tenancy.places(half_way.user_id, clock.now())
    limits.hold_back("factor", tenants=places)
    if not steps.stands(half_way.user_id, half_way.stamp):
        return redirect(address("accounts.sign_in", next=_unless_home(target)), 303)
    method = steps.proved_by(half_way.user_id, form.data, at=clock.now())
    if method is None:
        limits.missed("factor", tenants=places)
        form.blame(Refused("This code opens nothing, or has been used already.", field="code"))
        return _second_page(form, half_way, target), 422
    limits.forgive("factor", person=half_way.email, browser=browser)
    sessions.open_session(half_way.user_id, method=f"{half_way.method}+{method}", strong=True)
    if method == steps.RECOVERY:
        notices.note(half_way.user_id, Act.RECOVERY_USED)
    return redirect(target, 303)


@bp.post("/connexion/cle")
@public
def enter_by_passkey() -> ResponseReturnValue:
    """A passkey says by itself whose it is, and counts for two factors."""
    target = sessions.local_path(request.args.get("next"))
    limits.count("sign-in")
    answer, party = request.form.get("answer", ""), passkeys.party()
    user_id = passkeys.claimed_by(answer) if party else None
    if user_id is not None:
        act_as(user_id)
    if user_id is None or party is None or passkeys.proves(user_id, answer, party) is None:
        form = Form(SignInSchema)
        form.blame(Refused("This passkey was not recognised. Try again, or type your password."))
        return _sign_in_page(form, target), 422
    sessions.open_session(user_id, method="passkey", strong=True)
    return redirect(target, 303)


@bp.post("/connexion/cle/defi")
@public
def passkey_challenge() -> ResponseReturnValue:
    """What a browser asks before it uses a passkey, whichever one it has for this portal."""
    limits.count("challenge")
    if (party := passkeys.party()) is None:
        raise NotFound
    return passkeys.options_to_prove([], party), {"Content-Type": "application/json"}


@bp.post("/deconnexion")
@public
def sign_out() -> ResponseReturnValue:
    sessions.close_session()
    return redirect(address("accounts.sign_in"), 303)


def _sign_in_page(form: Form, target: str) -> str:
    return render_template(
        "accounts/sign_in.html",
        form=form,
        target=_unless_home(target),
        passkeys=passkeys.party() is not None,
        platform=current_app.config["SETTINGS"].psc_issuer is not None,
    )


def _second_page(form: Form, half_way: HalfWay, target: str) -> str:
    return render_template(
        "accounts/second_step.html",
        form=form,
        email=half_way.email,
        target=_unless_home(target),
        passkeys=passkeys.party() is not None,
    )


def _unless_home(target: str) -> str | None:
    return target if target != "/" else None
