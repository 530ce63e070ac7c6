"""The schema of festivals, teams and the movement's statistics.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

from contest.festival import tables as festival_tables
from contest.statistics import tables as statistics_tables
from contest.tables import metadata
from contest.teams import tables as team_tables

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    assert festival_tables and statistics_tables and team_tables
    with op.batch_alter_table('seats') as batch_op:
        batch_op.add_column(sa.Column('person', sa.BigInteger(), nullable=True))
    with op.batch_alter_table('rounds') as batch_op:
        batch_op.add_column(sa.Column('rehearsal', sa.Boolean(), nullable=False, server_default=sa.false()))
    metadata.create_all(op.get_bind())
