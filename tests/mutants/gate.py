"""Each check of the gate, taken away: ``tenants.http``, ``access``, ``queries`` and ``service``."""

from types import MappingProxyType
from typing import Final

from tests.mutants.breaking import Edit

_HTTP, _QUERIES, _SCOPING = "tenants.http", "tenants.queries", "tenants.scoping"
_ACCESS, _SERVICE = "tenants.access", "tenants.service"

#: What decides between a person and a tenant's rows, by what is missing.
GATE: Final = MappingProxyType(
    {
        "a membership that was revoked": Edit(
            _QUERIES,
            "of.revoked_at.is_(None), of.starts_at <= at",
            "true(), of.starts_at <= at",
        ),
        "a membership that has not begun": Edit(_QUERIES, "of.starts_at <= at, ", ""),
        "a membership that has ended": Edit(
            _QUERIES, "or_(of.ends_at.is_(None), of.ends_at > at)", "true()"
        ),
        "a membership that ends at this instant": Edit(
            _QUERIES, "of.ends_at > at", "of.ends_at >= at"
        ),
        "a membership of somebody else": Edit(
            _QUERIES, "    _MEMBERSHIP.user_id == _USER.id,\n", ""
        ),
        "a membership of another tenant": Edit(
            _QUERIES, "    _TENANT.id == _MEMBERSHIP.tenant_id,\n", ""
        ),
        "the tenant that the address names": Edit(
            _QUERIES, '    _TENANT.slug == bindparam("slug"),\n', ""
        ),
        "the membership's validity": Edit(_QUERIES, "    valid(_AT, of=_MEMBERSHIP),\n", ""),
        "the sign-in's validity": Edit(_QUERIES, "    _open(_SIGN_IN),\n", ""),
        "the sign-in that the session names": Edit(_QUERIES, 'of.id == bindparam("sign_in"), ', ""),
        "a sign-in that was revoked": Edit(
            _QUERIES, "of.revoked_at.is_(None), of.expires_at", "of.expires_at"
        ),
        "a sign-in that has expired": Edit(_QUERIES, ", of.expires_at > _AT)", ")"),
        "a sign-in of somebody else": Edit(_QUERIES, "    _SIGN_IN.user_id == _USER.id,\n", ""),
        "a sign-in's own tenant": Edit(_QUERIES, "    _GOOD_HERE,\n", ""),
        "a directory's own tenant": Edit(
            _QUERIES, "        _SIGN_IN.only_tenant_id == _TENANT.id,\n", ""
        ),
        "when a directory was trusted": Edit(
            _QUERIES, "        _SIGN_IN.opened_at >= _TENANT.directory_since,\n", ""
        ),
        "a directory's own people": Edit(_QUERIES, "        _MEMBERSHIP.whole_tenant,\n", ""),
        "a directory's trust outside tenants": Edit(
            _QUERIES,
            "        or_(SignIn.only_tenant_id.is_(None),"
            " SignIn.opened_at >= Tenant.directory_since),\n",
            "",
        ),
        "an open sign-in outside tenants": Edit(_QUERIES, "        _open(SignIn),\n", ""),
        "whose sign-in it is, outside tenants": Edit(
            _QUERIES, ".join(SignIn, SignIn.user_id == UserAccount.id)", ".join(SignIn, true())"
        ),
        "her valid hats": Edit(
            _QUERIES,
            ".where(Membership.user_id == user_id, valid(at), there)",
            ".where(Membership.user_id == user_id, there)",
        ),
        "hats of one tenant only": Edit(
            _QUERIES, "there = Tenant.id == only if only else true()", "there = true()"
        ),
        "the members that are valid": Edit(_QUERIES, "        .where(valid(at))\n", ""),
        "the permission": Edit(_HTTP, "if not actor.may(needed):", "if False:"),
        "the role's permissions": Edit(
            _ACCESS, "return permission in GRANTS[self.role]", "return True"
        ),
        "what a view demands": Edit(
            _HTTP, "        raise UndeclaredAccessError(request.endpoint)", "        return None"
        ),
        "a sign-in that only enrols": Edit(_QUERIES, "    _SIGN_IN.enrolling.is_(False),\n", ""),
        "a sign-in that only enrols, outside tenants": Edit(
            _QUERIES, "        or_(SignIn.enrolling.is_(False), _ENROLLING),\n", ""
        ),
        "what is shut to who enrols": Edit(
            _HTTP, "if current_sign_in().enrolling and not opens_to_enrolling(view):", "if False:"
        ),
        "the person outside tenants": Edit(
            _HTTP,
            "    if (found := queries.person(user_id, held, at, enrolling=True)) is None:\n"
            "        return _to_sign_in()\n",
            "    found = queries.person(user_id, held, at, enrolling=True)\n"
            "    if found is None: return None\n",
        ),
        "the sign-in page for a revoked sign-in": Edit(
            _HTTP,
            "        if met is None:\n            return",
            "        if met is None:\n            abort(404)\n            return",
        ),
        "the same answer for a foreign tenant": Edit(
            _HTTP,
            "        abort(404)\n    person, opened",
            "        abort(403)\n    person, opened",
        ),
        "two factors": Edit(
            _HTTP,
            "if opened.strong or not demands_two_factors(tenant, role, always=always):",
            "if True:",
        ),
        "a single factor": Edit(_HTTP, "if opened.strong or not", "if not"),
        "production's second factor": Edit(
            _HTTP,
            'app.extensions["second_factor_always"] = production',
            'app.extensions["second_factor_always"] = False',
        ),
        "the directory that is the only way in": Edit(
            _HTTP, "    if takes_a_directory(tenant, role) and not by_directory:", "    if False:"
        ),
        "the owners' other way in": Edit(
            "tenants.service", "PROVIDER_ROLES - {Role.OWNER}", "PROVIDER_ROLES"
        ),
        "a recent proof of who she is": Edit(
            _HTTP,
            "if here.confirmed_at >= datetime.now(UTC) - CONFIRMED_FOR:",
            "if True:",
        ),
        "the factor that she has": Edit(
            _HTTP, "    if _left_out_her_factor(here):\n", "    if False:\n"
        ),
        "whoever has no factor to give": Edit(
            _HTTP, "    return holds_factor(here.user_id)", "    return True"
        ),
        "a sign-in that gave the factor": Edit(
            _HTTP, "if here.strong or here.enrolling or", "if here.enrolling or"
        ),
        "a sign-in of who lost her factors": Edit(
            _HTTP, "if here.strong or here.enrolling or", "if here.strong or"
        ),
        "a sign-in that a directory answers for": Edit(
            _HTTP, "here.enrolling or here.only_tenant_id is not None:", "here.enrolling:"
        ),
        "the mark of a sensitive act": Edit(
            _HTTP, "(_confirmed(view) if asks_confirmation(view) else None)", "None"
        ),
        "what is shut to who came by a directory": Edit(
            _HTTP, "        or _limited(access, view)\n", ""
        ),
        "the threshold": Edit(
            _HTTP, "access == SIGNED_IN and not opens_to_limited(view)", "access == SIGNED_IN"
        ),
        "the listed reach": Edit(
            _HTTP, "Reach.TENANT if membership.whole_tenant else Reach.LISTED", "Reach.TENANT"
        ),
        "the membership in the scope": Edit(
            _HTTP, "            membership_id=membership.id,\n", ""
        ),
        "the person in the scope": Edit(_HTTP, "            user_id=actor.user_id,\n", ""),
        "the engagement in the scope": Edit(
            _HTTP, "            engagement_id=(request.view_args or {}).get(ENGAGEMENT_KEY),\n", ""
        ),
        "the tenant told to a transaction that goes on": Edit(
            _HTTP, "    go_on(db.session())\n", ""
        ),
        "the end of the scope": Edit(_HTTP, "        stack.close()", "        pass"),
        "a refused deed by POST": Edit(_HTTP, "        abort(401)\n", "        pass\n"),
        "the session's forgetting": Edit(_HTTP, "    session.pop(USER_KEY, None)\n", ""),
        "no address with NUL": Edit(_HTTP, '"\\0" in request.path or', "False or"),
        "the site in the way back": Edit(
            _HTTP,
            'return f"{page.path or \'/\'}?{page.query}".rstrip("?")',
            'return (address or "/").rstrip("?")',
        ),
    }
)
#: The session's hooks themselves, whatever the table.
HOOKS: Final = MappingProxyType(
    {
        "whose transaction goes on": Edit(_SCOPING, " or session.info.get(TOLD) != alone", ""),
        "what a transaction that goes on must not keep": Edit(_SCOPING, " or kept:", ":"),
        "the guard on new rows": Edit(
            _SCOPING, "[*session.new, *session.dirty,", "[*session.dirty,"
        ),
        "the guard on changed rows": Edit(_SCOPING, " *session.dirty,", ""),
        "the guard on deleted rows": Edit(_SCOPING, ", *session.deleted]", "]"),
        "the guard outside a scope": Edit(
            _SCOPING,
            "not in {None, current_tenant_id()}",
            "not in {None, current_scope().tenant_id}",
        ),
        "the filter on aliases": Edit(_SCOPING, ", include_aliases=True", ""),
        "the scope that reads were told": Edit(
            _SCOPING, "tenant_id = _unchanged(state.session)", "tenant_id = current_scope()"
        ),
        "the scope that writes were told": Edit(_SCOPING, "    _unchanged(session)\n", ""),
        "the tenant told to PostgreSQL": Edit(
            _SCOPING, '"tenant": str(scope.tenant_id or "")', '"tenant": ""'
        ),
        "the reach told to PostgreSQL": Edit(
            _SCOPING, '"reach": scope.reach.value', '"reach": "tenant"'
        ),
        "settings for one transaction": Edit(
            _SCOPING, "'{rls.TENANT}', :tenant, true)", "'{rls.TENANT}', :tenant, false)"
        ),
    }
)
_FILTER = """        with_loader_criteria(
            TenantScoped, lambda cls: cls.tenant_id == tenant_id, include_aliases=True
        )
"""
_ALL_BUT = """        *(
            with_loader_criteria(
                mapper.class_, mapper.class_.tenant_id == tenant_id, include_aliases=True
            )
            for mapper in Model.registry.mappers
            if issubclass(mapper.class_, TenantScoped) and mapper.class_.__name__ != "{model}"
        )
"""


def without_filter(model: str) -> Edit:
    """The filter on every table but this model's."""
    return Edit(_SCOPING, _FILTER, _ALL_BUT.format(model=model))


def without_guard(model: str) -> Edit:
    """The guard on every table but this model's."""
    guarded = "if isinstance(row, TenantScoped) and"
    return Edit(_SCOPING, guarded, f'{guarded} type(row).__name__ != "{model}" and')
