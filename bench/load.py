"""Fill an empty base: one provider made by the portal's services, all the others copies of it.

The copies are written by the superuser, beside row locks and foreign keys, in one statement a
table: what is measured afterwards is the portal's reading and writing, not this.
"""

import uuid

import sqlalchemy as sa
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from bench import model, scale
from bench.cluster import Servers
from bench.scale import Scale
from portal.app import create_app
from portal.guide import loader
from portal.guide import service as guide
from portal.kit import clock
from tenants.db import Base, db

#: What is copied, each row once a provider, and the column that tells whose client it is about.
COPIED = {
    "managing_body": None,
    "membership": None,
    "offering": None,
    "offering_requirement": None,
    "statement": None,
    "evidence": None,
    "establishment": "id",
    "contract": "establishment_id",
    "evidence_link": "establishment_id",
    "tracked_requirement": "establishment_id",
    "scorecard": "establishment_id",
}
#: The same id for the same row of the same provider, wherever it is named.
_TWIN = """
    CREATE FUNCTION pg_temp.twin(original uuid, tenant uuid) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT md5(original::text || tenant::text)::uuid $$
"""
_SEAT = """
    CREATE TEMP TABLE seat (number int, tenant_id uuid, slug text, size int)
"""
_RANK = """
    CREATE TEMP TABLE rank AS
    SELECT id AS establishment_id, row_number() OVER (ORDER BY id) AS rank FROM establishment
"""
_TENANTS = """
    INSERT INTO tenant (id, slug, name, edition_id, swept_on)
    SELECT s.tenant_id, s.slug, 'Prestataire d’essai ' || s.number, :edition, current_date
      FROM seat s
"""
_PEOPLE = """
    INSERT INTO user_account (id, email, name, locale)
    SELECT pg_temp.twin(u.id, s.tenant_id), s.slug || '@essai.example', u.name, u.locale
      FROM user_account u CROSS JOIN seat s
"""


def load(servers: Servers, wanted: Scale) -> None:
    """Migrate, publish the guide, make the model and its copies, gather statistics."""
    app = create_app(servers.settings)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    owner = sa.create_engine(servers.postgres.url("treize_owner", "bench"))
    with Session(owner) as session, session.begin():
        guide.publish(session, loader.current())
    owner.dispose()
    with app.app_context():
        model.build(clock.today())
        db.engine.dispose()
    engine = sa.create_engine(servers.superuser_url)
    with engine.begin() as connection:
        _copy(connection, wanted)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (FREEZE, ANALYZE)")
        connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()


def _copy(connection: sa.Connection, wanted: Scale) -> None:
    for statement in ("SET session_replication_role = replica", _TWIN, _SEAT, _RANK):
        connection.exec_driver_sql(statement)
    connection.execute(
        sa.text("INSERT INTO seat VALUES (:number, :tenant, :slug, :size)"),
        [
            {"number": n, "tenant": uuid.uuid4(), "slug": f"prestataire-{n}", "size": size}
            for n, size in enumerate(wanted.sizes()[1:], start=2)
        ],
    )
    connection.execute(sa.text(_PEOPLE))
    for table, about in COPIED.items():
        connection.exec_driver_sql(_insert(Base.metadata.tables[table], about))
        print(f"  {table}", flush=True)
    connection.execute(sa.text(_TENANTS), {"edition": loader.current().id})
    held = connection.scalar(sa.text("SELECT count(*) FROM establishment"))
    assert held == wanted.establishments
    assert wanted.sizes()[0] == scale.BIG


def _insert(table: sa.Table, about: str | None) -> str:
    """INSERT every row of the model once a seat, with ids of its own."""
    written = [column for column in table.columns if column.computed is None]
    columns = ", ".join(f'"{column.name}"' for column in written)
    values = ", ".join(_value(column) for column in written)
    source = f'"{table.name}" t CROSS JOIN seat s'
    if about is None:
        return f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM {source}"  # noqa: S608 -- names of our own tables
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM {source}"  # noqa: S608 -- as above
        f" LEFT JOIN rank r ON r.establishment_id = t.{about}"
        f" WHERE t.{about} IS NULL OR r.rank <= s.size ORDER BY s.number, r.rank"
    )


def _value(column: sa.Column[object]) -> str:
    if column.name == "tenant_id":
        return "s.tenant_id"
    if isinstance(column.type, sa.Uuid):
        return f'pg_temp.twin(t."{column.name}", s.tenant_id)'
    return f't."{column.name}"'
