"""What an owner is told when her directory fails: English msgids, translated where they are shown.

The reason itself stays in the journal as it was noted, for whoever looks after the directory.
"""

from collections.abc import Mapping

from portal.kit.i18n import gettext

#: By how the reason begins; of two that fit, the longer one.
REASONS: Mapping[str, str] = {
    "it says that it is another issuer": (
        "It names itself otherwise: copy the issuer as the directory publishes it,"
        " down to a slash at the end."
    ),
    "it names addresses": "It names addresses that cannot be used: they begin with https://.",
    "it takes no client secret": "It takes no client secret: declare Treize there as a web client.",
    "its keys cannot be read": "The keys that it publishes cannot be read.",
    "answered 404": "Nothing is published there: check the address of the issuer.",
    "answered": "It answers with an error: look into its own log.",
    "a private address": "This address is not on the public Internet.",
    "no address": "No machine has this address.",
    "too large": "What it answers is too large.",
    "Timeout": "It takes too long to answer.",
    "cut short": "It stopped in the midst of its answer.",
    "redirects": "It sends elsewhere: give the address that it leads to.",
    "SSL": "Its certificate is not one that is trusted.",
    "the directory refused": "It refused to say who you are.",
    "the code was refused": (
        "It refused the exchange: check the client’s name, its secret and the return address."
    ),
    "answered by another issuer": "The answer is not from this issuer.",
    "no code": "Its answer lacks what to go on with.",
    "no identity token": "It gives no identity token: allow the scope “openid” to this client.",
    "signed in a way": "It signs in a way that is not accepted: choose RS256, PS256 or ES256.",
    "signed by an unknown key": "The signature is by a key that it does not publish.",
    "the signature is not": "The signature does not hold.",
    "the token does not hold: expired_token": "Its answer is out of date: compare the clocks.",
    "the token does not hold": "What it answers is not for this client, or not to this question.",
    "the token names nobody": "It names nobody.",
    "the token is nonsense": "What it answers cannot be read.",
    "the directory does not say that she": (
        "It does not say that you have just proved who you are: “auth_time” is missing or too old."
    ),
}
OTHERWISE: Mapping[str, str] = {"": "It does not answer as a directory does."}


def reason(noted: str) -> str:
    """The sentence for a reason, in the reader's language."""
    fitting = [begins for begins in REASONS if noted.startswith(begins)]
    told: str = gettext(REASONS[max(fitting, key=len)] if fitting else OTHERWISE[""])
    return told
