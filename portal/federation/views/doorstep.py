"""Before one leaves for a directory.  Nothing here tells a tenant without one from no tenant."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import sessions
from portal.federation import doors
from portal.federation.flow import Purpose
from portal.federation.forms import FindForm
from portal.federation.ways import start
from portal.kit.form import Form
from tenants import queries as tenancy
from tenants.access import at_the_threshold, public, signed_in


@public
def find() -> ResponseReturnValue:
    target = _target()
    if "slug" not in request.args:
        return render_template("federation/find.html", form=None, target=target)
    form = Form(FindForm, request.args)
    if not form.validate():
        return render_template("federation/find.html", form=form, target=target), 422
    return redirect(url_for("federation.door", slug=form.data["slug"].lower(), next=target), 303)


@public
def door(slug: str) -> ResponseReturnValue:
    return render_template(
        "federation/door.html", door=doors.of_tenant(slug), slug=slug, target=_target()
    )


@public
def leave(slug: str) -> ResponseReturnValue:
    """A link and no form: browsers follow no form's redirect off the site under our policy."""
    if (found := doors.of_tenant(slug)) is None:
        return redirect(url_for("federation.door", slug=slug), 303)
    home = url_for("accounts.tenant_home", tenant_slug=slug)
    return start(found, Purpose.ENTER, target=_target() or home)


@signed_in
@at_the_threshold
def confirm() -> ResponseReturnValue:
    """Send her back to the directory that let her in, to prove herself anew."""
    target = sessions.local_path(request.args.get("next"))
    if g.sign_in.only_tenant_id is None:
        return redirect(url_for("accounts.confirm", next=target), 303)
    slug = tenancy.tenant(g.sign_in.only_tenant_id).slug
    if (found := doors.of_tenant(slug)) is None:
        return redirect(url_for("federation.door", slug=slug), 303)
    return start(found, Purpose.CONFIRM, target=target, anew=True)


@public
def limited() -> ResponseReturnValue:
    """For who came by a directory and asks for what is hers alone."""
    return render_template("federation/limited.html", weak=False)


@public
def weak() -> ResponseReturnValue:
    """For who came by a directory that does not say that she has two factors."""
    return render_template("federation/limited.html", weak=True)


def _target() -> str | None:
    found = sessions.local_path(request.args.get("next"))
    return found if found != "/" else None
