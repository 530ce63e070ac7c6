"""Alembic's entry: runs the migrations on the connection that `contest.migrations.run` hands over."""

from alembic import context

from contest.provincial import tables as provincial_tables
from contest.tables import metadata

assert provincial_tables.contests.metadata is metadata  # its tables are known from here on

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
