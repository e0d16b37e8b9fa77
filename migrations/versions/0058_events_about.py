"""an event of the trace may be about something else than a knock

Revision: 0058
Follows: 0057
"""

import sqlalchemy as sa
from alembic import op


revision = '0058'
down_revision = '0057'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        'audit_event',
        sa.Column('about_kind', sa.String(length=40), nullable=False, server_default='knock'),
    )


def downgrade():
    op.drop_column('audit_event', 'about_kind')
