"""« Confirmez que c'est bien vous »: again before a sensitive act, or by a second factor."""

from flask import g, redirect, render_template, request
from flask import url_for as address
from flask.typing import ResponseReturnValue

from portal.accounts import notices, passkeys, queries, service, sessions, steps
from portal.accounts.forms import PasskeySchema, ProofSchema
from portal.accounts.models import FactorKind
from portal.accounts.notices import Act
from portal.accounts.views.blueprint import bp
from portal.kit import clock, limits, unsent
from portal.kit.errors import Refused
from portal.kit.form import Form
from tenants import queries as tenancy
from tenants.access import enrols, signed_in
from tenants.http import current_sign_in
from tenants.models import UserAccount


@bp.get("/confirmer")
@signed_in
def confirm() -> ResponseReturnValue:
    return _page(Form(ProofSchema), strongly=False)


@bp.post("/confirmer")
@signed_in
def confirm_it() -> ResponseReturnValue:
    """By the password or by a factor; a factor makes this sign-in a strong one as well."""
    return _proved(strongly=False)


@bp.get("/double-verification")
@signed_in
@enrols
def second_factor() -> ResponseReturnValue:
    """Where the gate sends whoever came in by a password alone and needs more."""
    anew = current_sign_in().enrolling
    if anew or not queries.factors(g.user.id):
        return render_template(
            "accounts/second_factor.html",
            anew=anew,
            key=unsent.form(PasskeySchema, "accounts.add_passkey"),
            target=_target(),
            passkeys=passkeys.party() is not None,
        )
    if current_sign_in().strong:
        return redirect(_target(), 303)
    return _page(Form(ProofSchema), strongly=True)


@bp.post("/double-verification")
@signed_in
def second_factor_given() -> ResponseReturnValue:
    return _proved(strongly=True)


def _proved(*, strongly: bool) -> ResponseReturnValue:
    person: UserAccount = g.user
    limits.count("confirm", person=person.email)
    form = Form(ProofSchema, request.form)
    form.validate()
    places = tenancy.places(person.id, clock.now())
    limits.hold_back("confirm", tenants=places)
    typed = form.data.get("password", "")
    by_password = bool(typed) and not strongly and service.opens(person, typed)
    method = None if by_password else steps.proved_by(person.id, form.data, at=clock.now())
    if not by_password and method is None:
        limits.missed("confirm", tenants=places)
        form.blame(Refused("This does not prove that it is you. Try again."))
        return _page(form, strongly=strongly), 422
    limits.forgive("confirm", person=person.email)
    told = f"password+{method}" if method and not current_sign_in().strong else None
    sessions.renew(strong=method is not None, method=told)
    if method == steps.RECOVERY:
        notices.note(person.id, Act.RECOVERY_USED)
    return redirect(_target(), 303)


def _page(form: Form, *, strongly: bool) -> str:
    person: UserAccount = g.user
    kinds = {factor.kind for factor in queries.factors(person.id)}
    return render_template(
        "accounts/confirm.html",
        form=form,
        target=_target(),
        strongly=strongly,
        password=not strongly and person.password_hash is not None,
        codes=bool(kinds),
        passkeys=FactorKind.PASSKEY in kinds and passkeys.party() is not None,
        sign_in_url=address("accounts.sign_in", next=_target()),
        kept=unsent.is_kept(),
        platform=current_sign_in().method == "oidc",
    )


def _target() -> str:
    return sessions.local_path(request.args.get("next"))
