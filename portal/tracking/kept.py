"""For whom a count over a whole fleet may be kept until the next score moves."""

from dataclasses import replace

from tenants.context import Reach, Scope, current_scope


def audience() -> Scope:
    """The scope that tells apart those who may see different numbers: part of the key of a count.

    Everybody who sees the whole tenant sees the same.
    """
    scope = current_scope()
    if scope.reach is Reach.TENANT:
        return replace(scope, membership_id=None, user_id=None)
    return scope
