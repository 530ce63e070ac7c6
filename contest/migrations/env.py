"""Alembic's entry: runs the migrations on the connection that `contest.migrations.run` hands over."""

from alembic import context

from contest.festival import tables as festival_tables
from contest.provincial import tables as provincial_tables
from contest.statistics import tables as statistics_tables
from contest.tables import metadata
from contest.teams import tables as team_tables

# Their tables are known from here on.
assert all((festival_tables, provincial_tables, statistics_tables, team_tables))

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
