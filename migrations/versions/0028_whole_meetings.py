"""what a meeting needs to be moved, called off and phoned; who is reminded of meetings hears of it

Revision: 0028
Follows: 0027
"""

import sqlalchemy as sa
from alembic import op


revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

COLUMNS = {
    'meeting_id': sa.String(length=22),
    'phone': sa.Text(),
    'move_asked_at': sa.DateTime(timezone=True),
    'cancelled_at': sa.DateTime(timezone=True),
    'cancelled_by': sa.String(length=40),
}
NEW = 'meeting_cancelled'
LIKE = ('meeting_soon', 'meeting_answer')
"""To pupils, to staff: who wants the one wants the new one."""

subscriptions = sa.table(
    'push_subscription', sa.column('id', sa.String), sa.column('kinds', sa.JSON)
)


def upgrade():
    for name, kind in COLUMNS.items():
        op.add_column('meeting_proposal', sa.Column(name, kind, nullable=True))
    _choose(lambda kinds: [*kinds, NEW] if set(kinds) & set(LIKE) else kinds)


def downgrade():
    # What the words of before cannot say: it was not answered in time.
    op.execute("UPDATE meeting_slot SET picked = false WHERE proposal_id IN (SELECT id FROM "
               "meeting_proposal WHERE state IN ('moved', 'cancelled'))")
    op.execute("UPDATE meeting_proposal SET state = 'replaced' WHERE state IN ('moved', 'cancelled')")
    op.execute(f"DELETE FROM notice WHERE kind = '{NEW}'")
    _choose(lambda kinds: [kind for kind in kinds if kind != NEW])
    for name in COLUMNS:
        op.execute(f'ALTER TABLE meeting_proposal DROP COLUMN {name}')


def _choose(change):
    connection = op.get_bind()
    for row in connection.execute(sa.select(subscriptions)).all():
        kinds = change(row.kinds)
        if kinds != row.kinds:
            connection.execute(
                sa.update(subscriptions).where(subscriptions.c.id == row.id).values(kinds=kinds)
            )
