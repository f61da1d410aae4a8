import pytest

from portal.kit.canonical import canonical_json, sha256_hex


def test_the_order_of_keys_changes_nothing() -> None:
    assert canonical_json({"b": 1, "a": "é"}) == canonical_json({"a": "é", "b": 1})


def test_bytes_are_those_of_the_rfc() -> None:
    # RFC 8785 §3.2.3: keys in the order of their UTF-16 code units, shortest numbers and escapes.
    value = {"\u20ac": "Euro", "\r": "CR", "1": 1e21, "\u00f6": "\u000f", "\U0001f600": 10.0}

    assert canonical_json(value) == (
        '{"\\r":"CR","1":1e+21,"ö":"\\u000f","€":"Euro","😀":10}'.encode()
    )


@pytest.mark.parametrize("value", [float("nan"), 2**60, object(), {1: 2}])
def test_what_json_cannot_tell_exactly_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own subclasses
        canonical_json(value)


def test_a_hash_is_printed_in_hexadecimal() -> None:
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
