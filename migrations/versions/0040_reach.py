"""how staff choose to be told; what waits is summed up

Revision: 0040
Follows: 0039
"""

import sqlalchemy as sa
from alembic import op


revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None

NEW = 'summary'

subscriptions = sa.table(
    'push_subscription',
    sa.column('id', sa.String), sa.column('staff_id', sa.String), sa.column('kinds', sa.JSON),
)


def upgrade():
    op.create_table(
        'reach',
        sa.Column('staff_id', sa.String(length=22), nullable=False),
        sa.Column('by_email', sa.Boolean(), nullable=False),
        sa.Column('by_push', sa.Boolean(), nullable=False),
        sa.Column('phone', sa.Text(), nullable=True),
        sa.Column('summary_at', sa.Integer(), nullable=True),
        sa.Column('summed_up_on', sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_reach_staff_id')),
        sa.PrimaryKeyConstraint('staff_id', name=op.f('pk_reach')),
    )
    op.add_column('notice', sa.Column('figures', sa.String(length=20), nullable=True))
    _choose(lambda kinds: [*kinds, NEW])


def downgrade():
    op.execute(f"DELETE FROM notice WHERE kind = '{NEW}'")
    op.execute("DELETE FROM notice WHERE channel = 'sms' AND staff_id IS NOT NULL")
    _choose(lambda kinds: [kind for kind in kinds if kind != NEW])
    op.execute('ALTER TABLE notice DROP COLUMN figures')
    op.drop_table('reach')


def _choose(change):
    connection = op.get_bind()
    mine = sa.select(subscriptions).where(subscriptions.c.staff_id.is_not(None))
    for row in connection.execute(mine).all():
        connection.execute(
            sa.update(subscriptions)
            .where(subscriptions.c.id == row.id)
            .values(kinds=change(row.kinds))
        )
