"""in which capacity somebody is told

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('notice', sa.Column('told_as', sa.String(length=40), nullable=True))


def downgrade():
    op.execute('ALTER TABLE notice DROP COLUMN told_as')
