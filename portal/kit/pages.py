"""Long lists, a page at a time, with addresses that survive a reload."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from flask import request, url_for

Item = TypeVar("Item")
PER_PAGE = 50
#: What a query may hold as it is (RFC 3986, 3.4), as the addresses of ``url_for`` do.
_PLAIN: Final = "!$'()*,/:;?@"


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list; ``number`` starts at 1, ``total`` counts every item of the list."""

    items: Sequence[Item]
    number: int
    total: int
    per_page: int = PER_PAGE

    @property
    def count(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.per_page + 1 if self.items else 0

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1 if self.items else 0

    def url(self, number: int) -> str:
        """This page's address, filters kept, at another page number."""
        return same_page(page=number if number > 1 else None)


def page_number() -> int:
    """The asked page; nonsense in the address means the first."""
    return max(1, min(request.args.get("page", 1, type=int) or 1, 100_000))


def same_page(**changes: Any) -> str:
    """The current address with some query parameters changed, or dropped when ``None``."""
    args: dict[str, Any] = {**request.args.to_dict(flat=False), **changes}
    kept = {name: value for name, value in args.items() if value is not None}
    return asking(url_for(request.endpoint or "", **(request.view_args or {})), kept)


def asking(address: str, args: Mapping[str, Any]) -> str:
    """``address`` with these query parameters, whatever they are called; the filter ``asking``.

    What somebody wrote into an address is no word to ``url_for``, which has words of its own.
    """
    query = urlencode(args, doseq=True, safe=_PLAIN)
    return f"{address}?{query}" if query else address


def is_fragment() -> bool:
    """Whether htmx asked for a part of the page rather than for all of it."""
    return request.headers.get("HX-Request") == "true"
