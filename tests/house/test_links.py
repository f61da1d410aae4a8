"""A walk over the demo as each of its people: no page offers what its reader may not have."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from urllib.parse import urldefrag, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from portal.accounts import service as accounts
from portal.kit import clock
from portal.local import logins
from portal.local.demo import build
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import access_of
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import GRANTS, Permission, Role
from tests.house.reading import in_the_other_language
from tests.local import demos

#: Pages looked at for one endpoint: the hundredth establishment is made like the first.
SAMPLES = 3
ROLES = {
    logins.PROVIDER.email: Role.OWNER,
    logins.TECHNICIAN.email: Role.TECHNICIAN,
    logins.DIRECTOR.email: Role.DIRECTOR,
    logins.AUDITOR.email: Role.AUDITOR,
    "facturation@demo.treize.example": Role.BILLING,
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    storage = f"file://{tmp_path_factory.mktemp('storage')}"
    with demos.built("demo", storage, clock.today()) as app:
        _hire("facturation@demo.treize.example", Role.BILLING)
        yield app


def _hire(email: str, role: Role) -> None:
    """Somebody whom the demo does without."""
    tenant = tenancy.tenant_by_slug(build.SLUG)
    assert tenant
    tenant_id, hashed = tenant.id, accounts.hash_password(logins.PASSWORD, memory_kib=8)
    person = tenants.register_user(email=email, name="Exemple", password_hash=hashed)
    person_id = person.id
    db.session.commit()
    with tenant_scope(tenant_id):
        tenants.admit(person_id, role=role)
        db.session.commit()
    db.session.remove()


@dataclass(frozen=True)
class Page:
    address: str
    endpoint: str
    status: int
    html: BeautifulSoup


@dataclass
class Walk:
    """Every kind of page that links lead to, from the first one on."""

    app: Flask
    client: FlaskClient
    role: Role
    samples: int = SAMPLES
    pages: list[Page] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def go(self) -> "Walk":
        waiting, known, seen = deque(["/"]), {"/"}, Counter[str]()
        while waiting:
            address = waiting.popleft()
            endpoint = self._endpoint(address, "GET") or ""
            seen[endpoint] += 1
            if seen[endpoint] <= self.samples:
                fresh = dict.fromkeys(self._visit(address, endpoint))
                waiting.extend(link for link in fresh if link not in known)
                known |= fresh.keys()
        return self

    def _visit(self, address: str, endpoint: str) -> list[str]:
        answer = self.client.get(address, headers={"Accept": "text/html"})
        if answer.status_code >= 400:
            self.broken.append(f"{answer.status_code} {address}")
        if 300 <= answer.status_code < 400:
            return [answer.headers["Location"]]
        if answer.mimetype != "text/html":
            return []
        page = Page(
            address, endpoint, answer.status_code, BeautifulSoup(answer.data, "html.parser")
        )
        self.pages.append(page)
        return list(self._leads(page))

    def _leads(self, page: Page) -> Iterator[str]:
        """The links of a page; those that the reader may not open are noted, not followed."""
        for tag in page.html.find_all(True):
            for name in ("href", "hx-get", "action", "hx-post"):
                method = _method(tag, name)
                target = tag.get(name)
                if isinstance(target, str) and method and not _is_address(target):
                    self.broken.append(f"{page.endpoint} leads to {target!r}")
                if isinstance(target, str) and method and target.startswith(("/", "?")):
                    address = urldefrag(target if target[0] == "/" else _bare(page) + target)[0]
                    if not self._may(address, method):
                        wanted = self._endpoint(address, method) or address
                        self.refused.append(f"{page.endpoint} offers {method} {wanted}")
                    elif method == "GET":
                        yield address

    @cached_property
    def _map(self) -> MapAdapter:
        return self.app.url_map.bind("localhost")

    def _endpoint(self, address: str, method: str) -> str | None:
        try:
            return str(self._map.match(urlsplit(address).path, method)[0])
        except HTTPException:
            return None

    def _may(self, address: str, method: str) -> bool:
        endpoint = self._endpoint(address, method)
        if endpoint is None:
            return False
        access = access_of(self.app.view_functions[endpoint])
        return not isinstance(access, Permission) or access in GRANTS[self.role]


def _bare(page: Page) -> str:
    return urlsplit(page.address).path


def _is_address(target: str) -> bool:
    """Whether it says where it leads by itself; ours are never relative to the page."""
    return target.startswith(("/", "?", "#")) or urlsplit(target).scheme in {
        "http", "https", "mailto",
    }  # fmt: skip


def _method(tag: Tag, attribute: str) -> str | None:
    if attribute == "action":
        return str(tag.get("method", "get")).upper()
    if attribute == "href":
        return "GET" if tag.name == "a" else None
    return attribute.removeprefix("hx-").upper()


@pytest.fixture(scope="module", params=list(ROLES), ids=lambda email: ROLES[email].value)
def walk(demo: Flask, request: pytest.FixtureRequest) -> Walk:
    return Walk(demo, _signed_in(demo, request.param), ROLES[request.param]).go()


@pytest.fixture(scope="module", params=[logins.PROVIDER.email, logins.DIRECTOR.email])
def english(demo: Flask, request: pytest.FixtureRequest) -> Walk:
    """The same walk, shorter, by somebody who chose English."""
    client = _signed_in(demo, request.param)
    assert client.post("/langue", data={"locale": "en"}).status_code == 303
    return Walk(demo, client, ROLES[request.param], samples=1).go()


def _signed_in(demo: Flask, email: str) -> FlaskClient:
    client = demo.test_client()
    typed = {"email": email, "password": logins.PASSWORD}
    assert client.post("/connexion", data=typed).status_code == 303
    return client


def test_every_link_leads_somewhere(walk: Walk) -> None:
    assert walk.broken == []


def test_nothing_is_offered_that_would_be_refused(walk: Walk) -> None:
    assert sorted(set(walk.refused)) == []


def test_the_walk_saw_the_pages_of_the_role(walk: Walk) -> None:
    seen = {page.endpoint for page in walk.pages}

    rooms = {"engagements.index"}
    fleet = {"tracking.establishment", "attestations.index"}
    assert {"guide.index", *(rooms if walk.role is Role.AUDITOR else fleet)} <= seen


def test_a_page_has_one_title_and_says_its_language(walk: Walk) -> None:
    wrong = [
        page.address
        for page in walk.pages
        if page.html.html
        and (len(page.html.find_all("h1")) != 1 or page.html.html.get("lang") != "fr")
    ]

    assert wrong == []


def test_titles_go_down_one_step_at_a_time(walk: Walk) -> None:
    """Whoever has them read aloud would look for what stands between two that do not."""
    skipped = []
    for page in walk.pages:
        steps = [int(tag.name[1]) for tag in page.html.find_all(re.compile(r"^h[1-6]$"))]
        if any(below > above + 1 for above, below in pairwise(steps)):
            skipped.append(f"{page.address} {steps}")

    assert skipped == []


def test_a_french_reader_reads_no_english(walk: Walk) -> None:
    assert {
        p.address: left for p in walk.pages if (left := in_the_other_language(p.html, "fr"))
    } == {}


def test_an_english_reader_reads_no_french(english: Walk) -> None:
    """Of the interface: the guide and the names of things are data."""
    pages = [page for page in english.pages if page.html.html]

    assert {page.html.html.get("lang") for page in pages if page.html.html} == {"en"}
    assert {p.address: left for p in pages if (left := in_the_other_language(p.html, "en"))} == {}


def test_an_id_is_used_once(walk: Walk) -> None:
    twice = []
    for page in walk.pages:
        ids = Counter(str(tag["id"]) for tag in page.html.find_all(id=True))
        twice += [f"{page.address} #{name}" for name, count in ids.items() if count > 1]

    assert twice == []


def test_what_names_another_part_of_the_page_finds_it(walk: Walk) -> None:
    lost = []
    for page in walk.pages:
        if page.html.html:
            ids = {str(tag["id"]) for tag in page.html.find_all(id=True)}
            lost += [f"{page.address} {name}" for name in sorted(_named(page.html) - ids)]

    assert lost == []


def _named(html: BeautifulSoup) -> set[str]:
    names: set[str] = set()
    for tag in html.find_all(True):
        for attribute in ("aria-describedby", "aria-labelledby", "for", "form", "popovertarget"):
            names.update(str(tag.get(attribute, "")).split())
        for attribute in ("href", "hx-target"):
            if re.fullmatch(r"#[\w-]+", str(tag.get(attribute, ""))):
                names.add(str(tag[attribute])[1:])
    return names


def test_every_field_has_a_name_that_can_be_read(walk: Walk) -> None:
    silent = []
    for page in walk.pages:
        labelled = {str(tag["for"]) for tag in page.html.find_all("label", attrs={"for": True})}
        for field_ in page.html.find_all(["input", "select", "textarea"]):
            spoken = (
                field_.get("type") in {"hidden", "submit"}
                or field_.get("id") in labelled
                or field_.get("aria-label")
                or field_.get("aria-labelledby")
                or field_.find_parent("label")
            )
            if not spoken:
                silent.append(f"{page.address} {field_.get('name')}")

    assert silent == []
