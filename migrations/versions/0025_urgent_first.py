"""what is urgent stands first in the inbox

Revision: 0025
Follows: 0024
"""

import sqlalchemy as sa
from alembic import op


revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade():
    op.create_index(
        'ix_knock_urgent', 'knock', ['municipality_id', 'state', 'deadline_at', 'id'],
        postgresql_where=sa.text("triage = 'urgent'"),
        sqlite_where=sa.text("triage = 'urgent'"),
    )


def downgrade():
    op.drop_index('ix_knock_urgent', table_name='knock')
