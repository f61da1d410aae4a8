"""Run migrations as the owner of the tables, which the app is not."""

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, text

from tenants.db import Base

config = context.config
LOCK_TIMEOUT = "4s"


def run() -> None:
    settings = current_app.config["SETTINGS"]
    engine = create_engine(settings.owner_database_url or settings.database_url)
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
