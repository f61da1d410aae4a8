"""Add a second factor, take one away, and the codes on paper for when all are lost."""

from collections.abc import Callable

from flask import current_app, flash, g, redirect, render_template, request, session
from flask import url_for as address
from flask.typing import ResponseReturnValue

from portal.accounts import (
    comeback,
    factors,
    notices,
    passkeys,
    queries,
    recovery,
    sessions,
    totp,
)
from portal.accounts.forms import AppSchema, PasskeySchema, RemoveSchema
from portal.accounts.models import Factor, FactorKind
from portal.accounts.notices import Act
from portal.accounts.views.blueprint import bp
from portal.accounts.witness import Deed, witnessed
from portal.config import Settings
from portal.kit import clock, keys, limits, unsent
from portal.kit.errors import NotFound, Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext
from tenants import service as tenants
from tenants.access import confirmed, enrols, sent_from, signed_in
from tenants.http import current_sign_in
from tenants.models import UserAccount

_SECRET, _CODES = "totp_secret", "fresh_codes"


@bp.get("/double-verification/application")
@signed_in
@enrols
@confirmed
def new_app() -> ResponseReturnValue:
    form = unsent.form(AppSchema, "accounts.add_app")
    return _app_page(form, _secret() or _fresh_secret())


@bp.post("/double-verification/application")
@signed_in
@enrols
@confirmed
@sent_from("accounts.new_app")
def add_app() -> ResponseReturnValue:
    """The app is kept once a code of its own has proved that it has the secret."""
    person: UserAccount = g.user
    limits.count("confirm", person=person.email)
    if (secret := _secret()) is None:
        return redirect(address("accounts.new_app", next=_target()), 303)
    form, at = Form(AppSchema, request.form), clock.now()
    typed = "".join(form.data["code"].split()) if form.validate() else ""
    step = totp.step_of(secret, typed, at) if typed else None
    if step is None:
        if typed:
            form.blame(Refused("This is not the present code of the app.", field="code"))
        return _app_page(form, secret), 422
    session.pop(_SECRET)
    label = form.data["label"] or gettext("Authenticator app")
    return _kept(lambda: totp.add(g.user.id, secret, step=step, label=label, at=at))


@bp.post("/double-verification/cle/defi")
@signed_in
@enrols
def passkey_options() -> ResponseReturnValue:
    if (party := passkeys.party()) is None:
        raise NotFound
    # Who lost them all may make one anew where one of the lost ones lies.
    lost = current_sign_in().enrolling
    known = [] if lost else queries.factors(g.user.id, FactorKind.PASSKEY)
    return passkeys.options_to_make(g.user, known, party), {"Content-Type": "application/json"}


@bp.post("/double-verification/cle")
@signed_in
@enrols
@confirmed
@sent_from("accounts.account", "accounts.second_factor")
def add_passkey() -> ResponseReturnValue:
    form, party = Form(PasskeySchema, request.form), passkeys.party()
    made = passkeys.made(form.data["answer"], party) if form.validate() and party else None
    label = form.data.get("label") or gettext("Passkey")
    if made is None:
        return _not_made()
    return _kept(lambda: factors.add_passkey(g.user.id, made, label=label, at=clock.now()))


@bp.post("/mon-compte/facteurs/retirer")
@signed_in
@confirmed
@sent_from("accounts.account")
def remove_factor() -> ResponseReturnValue:
    """The other browsers are signed out: one of them may be why it is taken away."""
    form = Form(RemoveSchema, request.form)
    if not form.validate():
        raise NotFound
    always: bool = current_app.extensions["second_factor_always"]
    kept = current_sign_in().id
    label = factors.remove(
        g.user.id, factor_id=form.data["factor"], kept=kept, always=always, at=clock.now()
    )
    notices.note(g.user.id, Act.FACTOR_REMOVED, label=label)
    flash(gettext("Removed. The other browsers were signed out."))
    return redirect(address("accounts.account"), 303)


@bp.post("/mon-compte/codes")
@signed_in
@confirmed
@sent_from("accounts.account")
def renew_codes() -> ResponseReturnValue:
    if not queries.factors(g.user.id):
        raise Refused("Add a second factor first.")
    _make_codes()
    notices.note(g.user.id, Act.RECOVERY_MADE)
    return redirect(address("accounts.recovery_codes"), 303)


@bp.get("/double-verification/codes")
@signed_in
@confirmed
def recovery_codes() -> ResponseReturnValue:
    """The codes just made, until she says that she keeps them."""
    if (codes := _fresh_codes()) is None:
        return redirect(address("accounts.account"), 303)
    return render_template("accounts/recovery.html", codes=codes, target=_target())


@bp.get("/double-verification/codes.txt")
@signed_in
@confirmed
def recovery_codes_file() -> ResponseReturnValue:
    if (codes := _fresh_codes()) is None:
        raise NotFound
    return "\r\n".join([*codes, ""]), {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Disposition": 'attachment; filename="treize-codes.txt"',
    }


@bp.post("/double-verification/codes")
@signed_in
def recovery_codes_kept() -> ResponseReturnValue:
    session.pop(_CODES, None)
    return redirect(_target(), 303)


def _not_made() -> ResponseReturnValue:
    flash(gettext("No passkey was made. Try again."), "error")
    return redirect(address("accounts.second_factor", next=_target()), 303)


def _kept(add: Callable[[], Factor | None]) -> ResponseReturnValue:
    """What follows a factor's proof, however it was proved."""
    if current_sign_in().enrolling:
        with witnessed(g.user, Deed.RECOVERED, at=clock.now()):
            factor = add()
            if factor is None:
                raise Refused("No passkey was made. Try again.")
            _in_place_of_all(factor)
    else:
        factors.hold_door(g.user.id)
        factor = add()
        if factor is None:
            return _not_made()
        _beside_others(factor)
    if queries.recovery_codes_left(g.user.id) == 0:
        _make_codes()
        return redirect(address("accounts.recovery_codes", next=_target()), 303)
    return redirect(_target(), 303)


def _beside_others(factor: Factor) -> None:
    """Whoever is signed in elsewhere by the password alone is asked for it like anybody else."""
    at, here = clock.now(), current_sign_in()
    closed = tenants.close_sign_ins(here.user_id, spared=here.id, weak=True, at=at)
    notices.note(here.user_id, Act.FACTOR_ADDED, label=factor.label)
    told = None if here.strong else f"password+{factor.kind.value}"
    sessions.renew(strong=True, method=told)
    if closed:
        flash(gettext("The browsers that were signed in by the password alone were signed out."))


def _in_place_of_all(factor: Factor) -> None:
    """Whoever has the lost ones, or a browser of hers, has nothing any more."""
    at, here = clock.now(), current_sign_in()
    comeback.complete(here.user_id, kept=factor.id, at=at)
    tenants.close_sign_ins(here.user_id, spared=here.id, at=at)
    notices.note(here.user_id, Act.COMEBACK_DONE, label=factor.label)
    sessions.renew(strong=True, method=f"password+{factor.kind.value}")


def _make_codes() -> None:
    settings: Settings = current_app.config["SETTINGS"]
    made = recovery.make_anew(g.user.id, memory_kib=settings.password_memory_kib)
    session[_CODES] = keys.encipher("fresh codes", f"{g.user.id} {' '.join(made)}")


def _fresh_codes() -> list[str] | None:
    whose, *codes = (keys.decipher("fresh codes", session.get(_CODES, "")) or "-").split()
    return codes if whose == str(g.user.id) else None


def _fresh_secret() -> str:
    secret = totp.new_secret()
    session[_SECRET] = keys.encipher("totp enrolment", f"{g.user.id} {secret}")
    return secret


def _secret() -> str | None:
    """The secret that this browser was shown; nobody else's."""
    told = keys.decipher("totp enrolment", session.get(_SECRET, "")) or ""
    whose, _, secret = told.partition(" ")
    return secret if whose == str(g.user.id) else None


def _app_page(form: Form, secret: str) -> str:
    return render_template(
        "accounts/new_app.html",
        form=form,
        target=_target(),
        picture=totp.picture(totp.address(secret, g.user.email)),
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
    )


def _target() -> str:
    return sessions.local_path(request.args.get("next"))
