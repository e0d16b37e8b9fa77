"""of what waits to be sent the nearest senast leaves first

Revision: 0033
Follows: 0032
"""

import sqlalchemy as sa
from alembic import op


revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('notice', sa.Column('due_at', sa.DateTime(timezone=True), nullable=True))
    waits = sa.text('sent_at IS NULL AND given_up_at IS NULL')
    op.execute('UPDATE notice SET due_at = not_before WHERE sent_at IS NULL AND given_up_at IS NULL')
    op.create_index(
        'ix_notice_leaving',
        'notice',
        ['channel', 'due_at', 'not_before'],
        postgresql_where=waits,
        sqlite_where=waits,
    )


def downgrade():
    op.drop_index('ix_notice_leaving', table_name='notice')
    op.execute('ALTER TABLE notice DROP COLUMN due_at')
