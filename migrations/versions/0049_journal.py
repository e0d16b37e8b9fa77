"""what became of a knock in the record system

Revision: 0049
Follows: 0048
"""

import sqlalchemy as sa
from alembic import op


revision = '0049'
down_revision = '0048'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'journal_mark',
        sa.Column('knock_id', sa.String(length=22), nullable=False),
        sa.Column('what', sa.String(length=40), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=True),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['knock_id'], ['knock.id'], name=op.f('fk_journal_mark_knock_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_journal_mark_staff_id')),
        sa.PrimaryKeyConstraint('knock_id', name=op.f('pk_journal_mark')),
    )
    # What ended before anybody was asked is purged on its day, as was said then.
    op.execute(
        "INSERT INTO journal_mark (knock_id, what, at) "
        "SELECT id, 'before', closed_at FROM knock WHERE closed_at IS NOT NULL"
    )


def downgrade():
    op.drop_table('journal_mark')
