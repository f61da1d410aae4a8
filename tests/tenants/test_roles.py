"""The table of roles leaves no right out."""

from tenants.roles import GRANTS, ROOMS, Permission, Role


def test_each_right_is_told_in_one_room() -> None:
    told = [right for rights in ROOMS.values() for right in rights]

    assert sorted(told) == sorted(Permission)


def test_each_role_has_its_rights_and_each_right_somebody() -> None:
    assert set(GRANTS) == set(Role)
    assert set().union(*GRANTS.values()) == set(Permission)
