"""other clocks than the promise; who is reminded of what is late hears of them

Revision: 0038
Follows: 0037
"""

import sqlalchemy as sa
from alembic import op


revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None

NEW = ('guarantee_near', 'guarantee_late')
LIKE = 'promise_late'
"""To staff: who wants the one wants the new ones."""

subscriptions = sa.table(
    'push_subscription', sa.column('id', sa.String), sa.column('staff_id', sa.String),
    sa.column('kinds', sa.JSON),
)


def upgrade():
    op.create_table(
        'guarantee',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=True),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('profession', sa.String(length=40), nullable=True),
        sa.Column('amount', sa.Integer(), nullable=False),
        sa.Column('unit', sa.String(length=40), nullable=False),
        sa.Column('starts_on', sa.Date(), nullable=False),
        sa.Column('ends_on', sa.Date(), nullable=True),
        sa.Column('verified_on', sa.Date(), nullable=False),
        sa.Column('source', sa.String(length=300), nullable=False),
        sa.Column('url', sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_guarantee_municipality_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_guarantee')),
        sa.UniqueConstraint(
            'municipality_id', 'name', 'profession', 'starts_on',
            name=op.f('uq_guarantee_municipality_id_name_profession_starts_on'),
        ),
    )
    op.create_index(op.f('ix_guarantee_municipality_id'), 'guarantee', ['municipality_id'])
    op.add_column('wait', sa.Column('guarantee_id', sa.String(length=22), nullable=True))
    _choose(lambda kinds: [*kinds, *NEW] if LIKE in kinds else kinds)


def downgrade():
    op.execute("DELETE FROM notice WHERE kind IN ('guarantee_near', 'guarantee_late')")
    # What the words of before cannot say. The promise's date is on the knock.
    op.execute("UPDATE knock SET awaits = NULL WHERE awaits = 'guarantee'")
    op.execute("DELETE FROM climbed_rung WHERE wait_id IN "
               "(SELECT id FROM wait WHERE awaited = 'guarantee')")
    op.execute("DELETE FROM wait WHERE awaited = 'guarantee'")
    _choose(lambda kinds: [kind for kind in kinds if kind not in NEW])
    op.execute('ALTER TABLE wait DROP COLUMN guarantee_id')
    op.drop_table('guarantee')


def _choose(change):
    connection = op.get_bind()
    for row in connection.execute(
        sa.select(subscriptions).where(subscriptions.c.staff_id.is_not(None))
    ).all():
        kinds = change(row.kinds)
        if kinds != row.kinds:
            connection.execute(
                sa.update(subscriptions).where(subscriptions.c.id == row.id).values(kinds=kinds)
            )
