"""push subscriptions that have gone keep what was chosen

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('push_subscription', sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True))


def downgrade():
    with op.batch_alter_table('push_subscription') as batch:
        batch.drop_column('gone_at')
