"""which rung was climbed when and who was told; the new senast of what is late

Revision: 0034
Follows: 0033
"""

import sqlalchemy as sa
from alembic import op


revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None

NEW = 'still_waits'
LIKE = ('new_knock', 'waits_for_answer')
"""Who wants the one wants the new one."""

subscriptions = sa.table(
    'push_subscription', sa.column('id', sa.String), sa.column('kinds', sa.JSON)
)


def upgrade():
    op.add_column('wait', sa.Column('again_at', sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        'climbed_rung',
        sa.Column('wait_id', sa.String(length=22), nullable=False),
        sa.Column('hours', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('told', sa.JSON(), nullable=False),
        sa.Column('is_late', sa.Boolean(), nullable=False),
        sa.Column('again_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['wait_id'], ['wait.id'], name=op.f('fk_climbed_rung_wait_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('wait_id', 'hours', name=op.f('pk_climbed_rung')),
    )
    # What is waited for gets its rungs: the sweep finds when they come.
    op.execute(
        "UPDATE wait SET next_rung_at = began_at WHERE ended_at IS NULL AND awaited <> 'new_attempt'"
    )
    _choose(lambda kinds: [*kinds, NEW] if set(kinds) & set(LIKE) else kinds)


def downgrade():
    op.execute(f"DELETE FROM notice WHERE kind = '{NEW}'")
    _choose(lambda kinds: [kind for kind in kinds if kind != NEW])
    op.drop_table('climbed_rung')
    op.execute('ALTER TABLE wait DROP COLUMN again_at')


def _choose(change):
    connection = op.get_bind()
    for row in connection.execute(sa.select(subscriptions)).all():
        kinds = change(row.kinds)
        if kinds != row.kinds:
            connection.execute(
                sa.update(subscriptions).where(subscriptions.c.id == row.id).values(kinds=kinds)
            )
