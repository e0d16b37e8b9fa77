"""how a knock went from one to another, and what can be undone

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op


revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('passing',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('how', sa.String(length=40), nullable=False),
    sa.Column('from_id', sa.String(length=22), nullable=True),
    sa.Column('to_id', sa.String(length=22), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('held_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['from_id'], ['staff.id'], name=op.f('fk_passing_from_id')),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_passing_knock_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['to_id'], ['staff.id'], name=op.f('fk_passing_to_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passing')),
    )
    op.create_index('ix_passing_knock_id', 'passing', ['knock_id'], unique=False)
    op.create_table('undo',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=False),
    sa.Column('what', sa.String(length=40), nullable=False),
    sa.Column('row_id', sa.String(length=22), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_undo_knock_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_undo_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_undo')),
    )
    for column in ('knock_id', 'staff_id', 'until'):
        op.create_index(f'ix_undo_{column}', 'undo', [column], unique=False)


def downgrade():
    op.drop_table('undo')
    op.drop_table('passing')
