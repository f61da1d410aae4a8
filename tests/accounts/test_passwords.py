"""What may be a password."""

import pytest

from portal.accounts.passwords import TooWeak, accept

OWN = ("Claire Exemple", "claire.exemple@infogerance-armor.example")


@pytest.mark.parametrize(
    "password",
    ["lampe cuivre onze girafe", "zut-mollusque-7-pinson", "Xk2#vQ9!mLp4", "é" * 3 + "wq8Zt3!mRv"],
)
def test_what_is_hard_to_guess_is_accepted_whatever_its_signs(password: str) -> None:
    accept(password, own_words=OWN)


@pytest.mark.parametrize(
    "password",
    [
        "Xk2#vQ9!mLp",  # eleven signs
        "   Xk2#vQ9!m   ",  # blanks around count for nothing
        "aaaaaaaaaaaaaaaa",
        "123456789012345",
        "Azertyuiop123!",
        "motdepasse2026",
        "M0tdep@sse2026",
        "Soleil-Bretagne-29",
        "jetaimejetaime",
        "Treize-treize-13",
        "claire.exemple1",
        "infogerance-2026",
        "correct horse battery staple",
    ],
)
def test_what_is_short_common_or_one_s_own_is_refused(password: str) -> None:
    with pytest.raises(TooWeak):
        accept(password, own_words=OWN)


def test_a_very_long_password_is_refused_and_a_long_one_is_read_whole() -> None:
    accept("lampe cuivre onze girafe " * 20)
    with pytest.raises(TooWeak):
        accept("lampe cuivre onze girafe " * 60)
