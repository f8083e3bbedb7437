"""Runs the migrations on the connection that `store.database` hands over."""

from alembic import context
from sqlmodel import SQLModel

from store import tables

assert tables  # noqa: S101 - importing it fills the metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata)
with context.begin_transaction():
    context.run_migrations()
