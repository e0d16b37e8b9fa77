"""the last day of an account

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op


revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('staff', sa.Column('ends_on', sa.Date(), nullable=True))


def downgrade():
    op.execute('ALTER TABLE staff DROP COLUMN ends_on')
