"""Every address of the portal, as kept in routes.txt: endpoint, methods, rule, what it demands.

Rewrite it with `python -m tests.house.routes`.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from portal.app import create_app
from portal.config import Settings
from tenants.access import access_of
from tenants.roles import Permission

SNAPSHOT = Path(__file__).with_name("routes.txt")
_SILENT = {"HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Route:
    endpoint: str
    methods: tuple[str, ...]
    rule: str
    demands: str

    def __str__(self) -> str:
        return f"{self.endpoint}\t{','.join(self.methods)}\t{self.rule}\t{self.demands}"

    @property
    def inside(self) -> bool:
        """Whether it is a page of a tenant."""
        return "<tenant_slug>" in self.rule

    @property
    def permission(self) -> Permission | None:
        return Permission(self.demands) if ":" in self.demands else None


def known() -> list[Route]:
    """The routes that somebody looked at and kept."""
    lines = (line.split("\t") for line in SNAPSHOT.read_text("utf-8").splitlines())
    return [Route(e, tuple(m.split(",")), rule, demands) for e, m, rule, demands in lines]


def of(app: Flask) -> list[Route]:
    return sorted(_routes(app), key=lambda route: (route.rule, route.methods))


def _routes(app: Flask) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            methods = tuple(sorted((rule.methods or set()) - _SILENT))
            demands = access_of(app.view_functions[rule.endpoint]) or "nothing"
            yield Route(rule.endpoint, methods, rule.rule, str(demands))


def _rewrite() -> None:
    with tempfile.TemporaryDirectory() as storage:
        nowhere = Settings(
            secret_key="-",
            database_url="postgresql+psycopg://",
            redis_url="redis://",
            storage_url=f"file://{storage}",
            master_key="-" * 43,
            environment="development",
        )
        lines = "".join(f"{route}\n" for route in of(create_app(nowhere)))
    SNAPSHOT.write_text(lines, "utf-8")


if __name__ == "__main__":
    _rewrite()
