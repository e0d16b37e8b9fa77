"""that staff took away the digits of a knock

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op


revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('knock', sa.Column('unlocked_at', sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.execute('ALTER TABLE knock DROP COLUMN unlocked_at')
