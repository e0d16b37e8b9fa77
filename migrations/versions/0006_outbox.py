"""a notice is about something, not always a knock

Revision: 0006
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    # Of what knock_id is the id. The column keeps its name, so that the release before can write
    # to the table while this one starts: what it tells of is always a knock.
    op.add_column('notice', sa.Column('about_kind', sa.String(length=40), nullable=False, server_default='knock'))


def downgrade():
    # What the table of before cannot hold.
    op.execute("DELETE FROM notice WHERE about_kind <> 'knock' AND knock_id IS NOT NULL")
    op.execute('ALTER TABLE notice DROP COLUMN about_kind')
