"""An invitation as the person invited sees it.  Looking at it changes nothing."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import passwords, sessions
from portal.accounts.visitors import Visitor, visitor
from portal.federation import flow
from portal.federation.doors import Door
from portal.federation.flow import Purpose
from portal.federation.service import TakenIdentity
from portal.federation.ways import start
from portal.kit import clock
from portal.kit.errors import NotFound, Refused
from portal.kit.form import Form
from portal.people import forms
from portal.people.forms import AccountForm, NameForm
from portal.people.service import Void
from portal.people.views import joining
from portal.people.views.joining import Offer, Proof
from tenants.access import public


@public
def show(token: str) -> ResponseReturnValue:
    return _page(token, joining.read(token), None)


def _page(token: str, offer: Offer, form: Form | None) -> str:
    known = visitor(clock.now())
    door = joining.door_for(offer, known)
    return render_template(
        "people/invitation.html",
        token=token,
        offer=offer,
        visitor=known,
        door=door,
        found=door and flow.held(door, Purpose.JOIN),
        form=form,
        last_day=forms.last_day,
    )


@public
def leave(token: str) -> ResponseReturnValue:
    """To the directory that may vouch for who is invited; she has to prove herself there anew."""
    if (door := joining.door_for(joining.read(token), visitor(clock.now()))) is None:
        raise NotFound
    here = url_for("people.invitation", token=token)
    return start(door, Purpose.JOIN, target=here, anew=True)


@public
def accept(token: str) -> ResponseReturnValue:
    """Take it up, signed in under the address it was written to, or with a new account for it.

    With what a directory has just said of her, it is tied to whom the invitation makes her: the
    link in her hands says that she reads that mail, the directory's word that she is that person.
    """
    offer, known = joining.read(token), visitor(clock.now())
    if known is not None and known.email != offer.email:
        return _page(token, offer, None), 403
    if known is None and offer.known:
        here = url_for("people.invitation", token=token)
        return redirect(url_for("accounts.sign_in", next=here), 303)
    form = _form(known)
    if not form.validate():
        return _page(token, offer, form), 422
    try:
        proof = _proof(joining.door_for(offer, known), offer)
        return _taken_up(token, offer, known, proof, form)
    except (Refused, TakenIdentity) as error:
        if isinstance(error, Void):
            raise
        form.blame(error)
        return _page(token, offer, form), error.status


def _form(known: Visitor | None) -> Form:
    if known is not None:
        return Form(forms.NothingForm, request.form)
    return Form(NameForm if "by" in request.form else AccountForm, request.form)


def _proof(door: Door | None, offer: Offer) -> Proof | None:
    """What a directory said of her, when she accepts by it.  Raises ``Refused``."""
    if "by" not in request.form:
        if offer.alone:
            raise Refused("This space is entered by its directory alone: accept by it.")
        return None
    claims = flow.held(door, Purpose.JOIN) if door else None
    if door is None or claims is None:
        raise Refused("Too much time has passed since you proved who you are: begin again.")
    return Proof(door, claims)


def _taken_up(
    token: str, offer: Offer, known: Visitor | None, proof: Proof | None, form: Form
) -> ResponseReturnValue:
    home = redirect(url_for("accounts.tenant_home", tenant_slug=offer.slug), 303)
    if known is not None:
        if proof is not None and known.asked_at is not None:
            here = url_for("people.invitation", token=token)
            return redirect(url_for(known.asked_at, next=here), 303)
        joining.take_up(token, known, proof)
        return home
    name = form.data["name"]
    if proof is not None:
        user_id = joining.join(token, offer, name, proof=proof)
        joining.enter_by(proof, user_id)
        return home
    passwords.accept(form.data["password"], own_words=(name, offer.email))
    user_id = joining.join(token, offer, name, password=form.data["password"])
    sessions.open_session(user_id, method="password", strong=False)
    return home
