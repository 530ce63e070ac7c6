"""Halls that outlive rounds, and what the games of a hall need of seats.

Revision: 0004, after 0003. Columns are added one by one: making `rounds` or `seats` anew would take the rows that
refer to them along.
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('halls',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.String(length=96), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_halls')),
    comment='People who stay together over several rounds: seats of its rounds with the same number are one person.'
    )
    op.create_table('rescues',
    sa.Column('round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('question', sa.Integer(), nullable=False),
    sa.Column('seat', sa.Integer(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(
        ['round_id'], ['rounds.id'], name=op.f('fk_rescues_round_id_rounds'), ondelete='CASCADE'
    ),
    sa.PrimaryKeyConstraint('round_id', 'question', 'seat', name=op.f('pk_rescues')),
    comment='Seats that were out of the golden bell and let back in after this question had been revealed.'
    )
    op.create_table('round_words',
    sa.Column('round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('question', sa.Integer(), nullable=False),
    sa.Column('word_key', sa.String(length=80), nullable=False),
    sa.Column('shown', sa.Boolean(), nullable=False),
    sa.Column('decided_by', sa.String(length=96), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(
        ['round_id'], ['rounds.id'], name=op.f('fk_round_words_round_id_rounds'), ondelete='CASCADE'
    ),
    sa.PrimaryKeyConstraint('round_id', 'question', 'word_key', name=op.f('pk_round_words')),
    comment='What the host decided about a word of a word cloud; word_key is the folded word. Undecided: no row.'
    )
    op.add_column('rounds', sa.Column('hall_id', sa.BigInteger(), nullable=True))
    op.create_index(op.f('ix_rounds_hall_id'), 'rounds', ['hall_id'], unique=False)
    op.add_column('seats', sa.Column('team', sa.String(length=24), nullable=True))
    op.add_column('seats', sa.Column('out_at', sa.Integer(), nullable=True))
    op.add_column('seats', sa.Column('base_points', sa.Integer(), server_default='0', nullable=False))
    op.add_column('seats', sa.Column('base_correct', sa.Integer(), server_default='0', nullable=False))
    op.add_column('seats', sa.Column('base_time_ms', sa.BigInteger(), server_default='0', nullable=False))


def downgrade() -> None:
    for column in ('base_time_ms', 'base_correct', 'base_points', 'out_at', 'team'):
        op.drop_column('seats', column)
    op.drop_index(op.f('ix_rounds_hall_id'), table_name='rounds')
    op.drop_column('rounds', 'hall_id')
    op.drop_table('round_words')
    op.drop_table('rescues')
    op.drop_table('halls')
