"""that one of the staff opened what a pupil hides, in danger to life

Revision: 0056
Follows: 0055
"""

import sqlalchemy as sa
from alembic import op


revision = '0056'
down_revision = '0055'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'reveal',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('knock_id', sa.String(length=22), nullable=False),
        sa.Column('form_hash', sa.String(length=64), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=False),
        sa.Column('profession', sa.String(length=40), nullable=False),
        sa.Column('wall', sa.String(length=40), nullable=False),
        sa.Column('what', sa.String(length=60), nullable=False),
        sa.Column('ground', sa.String(length=40), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('reviewer_id', sa.String(length=22), nullable=True),
        sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('verdict', sa.String(length=40), nullable=True),
        sa.Column('note', sa.Text(), nullable=True),
        sa.Column('tell_on', sa.Date(), nullable=False),
        sa.Column('tell_by', sa.Date(), nullable=False),
        sa.Column('wait_reason', sa.Text(), nullable=True),
        sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['knock_id'], ['knock.id'], name=op.f('fk_reveal_knock_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['reviewer_id'], ['staff.id'], name=op.f('fk_reveal_reviewer_id')
        ),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_reveal_staff_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_reveal')),
        sa.UniqueConstraint('knock_id', 'form_hash', name=op.f('uq_reveal_knock_id_form_hash')),
    )
    op.create_index(op.f('ix_reveal_knock_id'), 'reveal', ['knock_id'], unique=False)


def downgrade():
    op.execute("DELETE FROM notice WHERE kind IN ('revealed', 'review_waits', 'telling_near')")
    op.execute(
        "DELETE FROM climbed_rung WHERE wait_id IN (SELECT id FROM wait WHERE about_kind = 'reveal')"
    )
    op.execute("DELETE FROM wait WHERE about_kind = 'reveal'")
    op.drop_table('reveal')
