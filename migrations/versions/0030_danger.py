"""what was done when a pupil's life was in danger

Revision: 0030
Follows: 0029
"""

import sqlalchemy as sa
from alembic import op


revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None

NEW = 'danger'
LIKE = 'new_knock'
"""Who wants the one wants the new one."""

subscriptions = sa.table(
    'push_subscription', sa.column('id', sa.String), sa.column('kinds', sa.JSON)
)


def upgrade():
    op.create_table(
        'danger_note',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('knock_id', sa.String(length=22), nullable=False),
        sa.Column('form_hash', sa.String(length=64), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=False),
        sa.Column('measures', sa.String(length=120), nullable=False),
        sa.Column('text', sa.Text(), nullable=True),
        sa.Column('done_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['knock_id'], ['knock.id'], name=op.f('fk_danger_note_knock_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_danger_note_staff_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_danger_note')),
        sa.UniqueConstraint('knock_id', 'form_hash', name=op.f('uq_danger_note_knock_id_form_hash')),
    )
    op.create_index(op.f('ix_danger_note_knock_id'), 'danger_note', ['knock_id'])
    _choose(lambda kinds: [*kinds, NEW] if LIKE in kinds else kinds)


def downgrade():
    op.execute(f"DELETE FROM notice WHERE kind = '{NEW}'")
    _choose(lambda kinds: [kind for kind in kinds if kind != NEW])
    op.drop_table('danger_note')


def _choose(change):
    connection = op.get_bind()
    for row in connection.execute(sa.select(subscriptions)).all():
        kinds = change(row.kinds)
        if kinds != row.kinds:
            connection.execute(
                sa.update(subscriptions).where(subscriptions.c.id == row.id).values(kinds=kinds)
            )
