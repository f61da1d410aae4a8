"""What is kept about people, why, for how long, and who sees it: the page and the register say it.

What is said here is what the code does: whoever changes one changes the other.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from flask_babel import LazyString

from portal.kit.i18n import lazy_gettext as _


@dataclass(frozen=True)
class Processing:
    """One kind of data, in words for its people (GDPR, articles 13 and 30)."""

    what: LazyString
    data: LazyString
    purpose: LazyString
    basis: LazyString
    kept: LazyString
    seen_by: LazyString


@dataclass(frozen=True)
class Contact:
    """Whom to write to about all this: as one reads it, and where a browser goes."""

    said: str
    link: str | None

    @classmethod
    def of(cls, given: str) -> Self | None:
        """``given`` as the setting has it: an address, a page, or words without a link."""
        said = given.strip()
        if not said:
            return None
        if said.startswith(("mailto:", "https://")):
            return cls(said.removeprefix("mailto:"), said)
        return cls(said, f"mailto:{said}" if _ADDRESS.fullmatch(said) else None)


_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_SERVICE: Final = _("The service that a provider opened to its team and to its clients (contract).")
_SAFETY: Final = _("Keeping accounts and spaces safe (legitimate interest).")
_PROOF: Final = _(
    "Being able to show who declared, proved or recognised what (legitimate interest)."
)
_HERSELF: Final = _("The person alone: the database refuses these rows to anybody else.")
_HERSELF_ALONE: Final = _("The person alone, in the browser that she typed it in.")
_ENDED: Final = _(
    "Ninety days after it ended, a sign-in is erased, whether or not its person comes back;"
    " all go when the account is closed."
)
_YEAR: Final = _(
    "What is older than a year is erased, whether or not its person comes back;"
    " all goes when the account is closed."
)

REGISTER: Final = (
    Processing(
        _("Account"),
        _("Name, e-mail address, language, and the password as an argon2id digest."),
        _("Letting a person in, writing to her, naming her to those she works with."),
        _SERVICE,
        _("Until she closes her account: name, address and password then go at once."),
        _(
            "The person, whoever manages the team of a space she is in,"
            " and whoever operates the portal (name and address)."
        ),
    ),
    Processing(
        _("Second factors"),
        _(
            "The secret of an authenticator app (encrypted), the public key of a passkey,"
            " recovery codes as digests."
        ),
        _("Making sure that it is she who signs in."),
        _SAFETY,
        _("Until she removes them, or closes her account."),
        _HERSELF,
    ),
    Processing(
        _("Lost factors and former addresses"),
        _("That all second factors were said to be lost, and when; the address before a change."),
        _("Leaving time to take back what somebody else may have asked for."),
        _SAFETY,
        _(
            "Ten days, and seven for an address; erased then, whether or not its person comes"
            " back, or when the account is closed."
        ),
        _HERSELF,
    ),
    Processing(
        _("Sign-ins"),
        _("Day and time, way of signing in, browser, network address."),
        _(
            "Showing her where she is signed in, telling her of a browser not seen before, and"
            " keeping her own browsers open to her while a stranger tries her password."
        ),
        _SAFETY,
        _ENDED,
        _HERSELF,
    ),
    Processing(
        _("What happened to an account"),
        _("Sign-ins, changes of password and of second factors, with browser and network address."),
        _("Letting her notice what she did not do."),
        _SAFETY,
        _YEAR,
        _HERSELF,
    ),
    Processing(
        _("Accesses to a space"),
        _(
            "Role, job title, establishments, beginning and end; the identifier that the"
            " provider’s directory gives her, where it signs her in."
        ),
        _("Showing to each what concerns her, and nothing else."),
        _SERVICE,
        _(
            "As long as the space. Once the account is closed, the access stays without a name"
            " and the directory’s identifier is erased."
        ),
        _("Whoever manages the team of that space."),
    ),
    Processing(
        _("Pro Santé Connect"),
        _("A digest of the national identifier, under a secret of the portal."),
        _("Recognising who signs in with Pro Santé Connect."),
        _SERVICE,
        _("Until she unties it, or closes her account."),
        _("Nobody: the identifier cannot be read back from the digest."),
    ),
    Processing(
        _("Invitations and messages"),
        _(
            "Address and role of who is invited; the reminders sent to a person, as written;"
            " addresses whose messages come back, and why."
        ),
        _("Opening an access, and telling of what falls due."),
        _SERVICE,
        _("As long as the space; those of a person go when she closes her account."),
        _("Whoever manages the team of that space; the reader of a message."),
    ),
    Processing(
        _("Requests for a file"),
        _("Name and address of who is asked for a file, by whom, and what she wrote with it."),
        _("Asking a supplier or an establishment for a proof, by a link that serves once."),
        _SERVICE,
        _("As long as the space; the link opens nothing once it has served or its day is past."),
        _("The team of the provider; whoever holds the link, for what is asked."),
    ),
    Processing(
        _("Calendars"),
        _("The address of a calendar as a digest, and the last day it was read."),
        _("Showing what falls due in a person’s own calendar."),
        _SERVICE,
        _("Until she shuts it, or closes her account."),
        _("The person alone."),
    ),
    Processing(
        _("Journal of a space"),
        _("Who did what, and when."),
        _("Telling what happened, to the provider and to the establishments concerned."),
        _PROOF,
        _(
            "As long as the space: nothing can be taken out of it."
            " Once the account is closed, the name is erased there and the deed stays."
        ),
        _("The team of the provider; the people of an establishment, for what concerns it."),
    ),
    Processing(
        _("Names beside declarations, proofs and attestations"),
        _(
            "Name of who declared, added a proof, recognised or contested, and of who ordered,"
            " approved or revoked an attestation."
        ),
        _("Knowing whom to ask, and what a signature is worth."),
        _PROOF,
        _(
            "As long as the space, even once the account is closed: these names are the proof."
            " The approval of an attestation outlives the account of its author, with the name"
            " that she gave it under."
        ),
        _("The team of the provider, and the establishment concerned."),
    ),
    Processing(
        _("Names beside actions, audits and other work"),
        _(
            "Name of who opened or closed an action, and of who was to do one that is closed; of"
            " who set up a collection; of who opened an audit, of its auditors, and of who drew"
            " lots, asked, answered, found, replied or concluded in it; of who began, answered or"
            " handed in a self-assessment; of who sent an import or undid it; of who ordered a"
            " board brief; of who asked for a record to leave, brought one in, kept it or took it"
            " out again; of who operates the portal, and put the space under a plan or had work"
            " tried again; and of those whose words a change replaced, for it to be undone."
        ),
        _("Knowing who found, answered or decided what a record says, and whom to ask."),
        _PROOF,
        _(
            "As long as the space, even once the account is closed: without these names nobody"
            " could say whose finding, answer or decision it was. An action that is still open is"
            " taken back from whoever closes her account, her name goes from there at once, and"
            " its history says so; her name also goes from what was done to many lines at once."
        ),
        _(
            "The team of the provider; the people of an establishment and its auditors, for what"
            " concerns them."
        ),
    ),
    Processing(
        _("Records taken away, and records that came from another provider"),
        _(
            "The names that stand beside declarations, views, answers, contests, actions and audits"
            " of an establishment, as its record has them."
        ),
        _("Letting an establishment change provider without losing its history."),
        _PROOF,
        _(
            "An archive is deleted after two weeks, one that nobody agreed to take over too. A"
            " record that came from elsewhere stays as long as the space, or until it is taken out"
            " again: its names are the proof, even once an account is closed."
        ),
        _("The team of the provider, and the establishment concerned; whoever it hands it to."),
    ),
    Processing(
        _("Counters of tries"),
        _("A digest of the network address or of the e-mail address, and a number."),
        _("Slowing down whoever guesses passwords and codes."),
        _SAFETY,
        _("A day at most."),
        _("Nobody."),
    ),
    Processing(
        _("A form waiting for a proof"),
        _("What was typed into a sensitive form, enciphered; neither passwords, codes nor files."),
        _("Giving it back to her once she has proved again who she is."),
        _SERVICE,
        _("Half an hour at most."),
        _HERSELF_ALONE,
    ),
)
