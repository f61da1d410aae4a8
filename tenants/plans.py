"""What a provider's account runs under."""

from enum import StrEnum


class Plan(StrEnum):
    """A trial has a last day; the others have one only if somebody says so."""

    TRIAL = "trial"
    STANDARD = "standard"
    #: Free of charge, by the operator's leave.
    COURTESY = "courtesy"
