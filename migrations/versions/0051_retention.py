"""decisions on retention, what past runs did, and what is locked or must stay

Revision: 0051
Follows: 0050
"""

import sqlalchemy as sa
from alembic import op

revision = '0051'
down_revision = '0050'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'retention_decision',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('days', sa.Integer(), nullable=False),
        sa.Column('reference', sa.Text(), nullable=False),
        sa.Column('decided_on', sa.Date(), nullable=False),
        sa.Column('decided_by', sa.Text(), nullable=False),
        sa.Column('note', sa.Text(), nullable=True),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'],
            name=op.f('fk_retention_decision_municipality_id'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_retention_decision')),
    )
    op.create_index(
        op.f('ix_retention_decision_municipality_id'), 'retention_decision', ['municipality_id']
    )
    op.create_table(
        'retention_run',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('actor', sa.String(length=40), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=True),
        sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('purged', sa.Integer(), nullable=False),
        sa.Column('locked', sa.Integer(), nullable=False),
        sa.Column('unlocked', sa.Integer(), nullable=False),
        sa.Column('events', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'],
            name=op.f('fk_retention_run_municipality_id'),
        ),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_retention_run_staff_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_retention_run')),
    )
    op.create_index(op.f('ix_retention_run_municipality_id'), 'retention_run', ['municipality_id'])
    op.create_index(op.f('ix_retention_run_began_at'), 'retention_run', ['began_at'])
    op.add_column('knock', sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('knock', sa.Column('held_since', sa.DateTime(timezone=True), nullable=True))
    # Nobody's days change. What was set without a decision stands as the time until it is locked.


def downgrade():
    op.execute('ALTER TABLE knock DROP COLUMN held_since')
    op.execute('ALTER TABLE knock DROP COLUMN locked_at')
    op.drop_table('retention_run')
    op.drop_table('retention_decision')
