"""Which server an address names."""

import pytest

from portal.kit import mail


@pytest.mark.parametrize(
    ("url", "post"),
    [
        ("smtp://relay.example", mail.SmtpPost("smtp", "relay.example", 25)),
        ("smtps://relay.example", mail.SmtpPost("smtps", "relay.example", 465)),
        (
            "smtp+starttls://me%40a.example:p%2Fw@relay.example:2525",
            mail.SmtpPost("smtp+starttls", "relay.example", 2525, "me@a.example", "p/w"),
        ),
        ("", mail.DevelopmentMailbox()),
        (None, mail.DevelopmentMailbox()),
    ],
)
def test_the_address_chooses_the_post(url: str | None, post: mail.Post) -> None:
    assert mail.choose(url) == post


@pytest.mark.parametrize("url", ["http://relay.example", "smtp://", "relay.example:25"])
def test_an_address_that_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        mail.choose(url)
