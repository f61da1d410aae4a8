"""The text that the search box scans."""

from portal.kit.folding import fold

__all__ = ["fold", "haystack"]


def haystack(*parts: str | None) -> str:
    """One searchable line of the parts that say something, in their order, without repeats."""
    return " ".join(dict.fromkeys(fold(part) for part in parts if part))
