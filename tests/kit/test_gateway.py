"""Outgoing HTTP: where it never goes."""

import socket
from unittest import mock

import pytest

from portal.kit.gateway import Gateway, OutOfReach
from tests import oidc_server


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",  # noqa: S104
        "100.64.0.1", "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
        "2002:0a00:0001::", "224.0.0.1",
    ],
)  # fmt: skip
def test_a_name_of_a_private_address_is_not_called(address: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    with (
        mock.patch("socket.getaddrinfo", return_value=found),
        mock.patch("socket.create_connection") as call,
        pytest.raises(OutOfReach, match="private"),
    ):
        Gateway().get("https://directory.example/")

    call.assert_not_called()


def test_one_private_address_among_several_is_enough() -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
        for address in ("93.184.216.34", "10.0.0.1")
    ]
    with (
        mock.patch("socket.getaddrinfo", return_value=found),
        pytest.raises(OutOfReach, match="private"),
    ):
        Gateway().get("https://directory.example/")


def test_the_address_that_was_judged_is_the_one_that_is_called() -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
    with (
        mock.patch("socket.getaddrinfo", return_value=found),
        mock.patch("socket.create_connection", side_effect=OSError) as call,
        pytest.raises(OutOfReach),
    ):
        Gateway().get("https://directory.example/")

    assert call.call_args.args == (("93.184.216.34", 443),)


@pytest.mark.parametrize(
    "url",
    [
        "http://directory.example", "ftp://directory.example", "file:///etc/passwd", "//x", "",
        "https://", "https://user@directory.example", "https://directory.example/#x",
        "https://directory.example:0", "https://directory.example:x", "javascript:alert(1)",
        "https://directory.example/ x", "https://dïrectory.example",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_directory_is_refused(url: str) -> None:
    assert not Gateway().allows(url)


def test_in_development_one_s_own_machine_is_in_reach() -> None:
    with oidc_server.running() as directory:
        found = Gateway(anywhere=True).get(f"{directory.issuer}/.well-known/openid-configuration")

    assert found.json()["issuer"] == directory.issuer
