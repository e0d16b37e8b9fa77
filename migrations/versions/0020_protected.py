"""that a knock's name is kept out of all but the opened knock

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op


revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('knock', sa.Column('is_protected', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade():
    op.execute('ALTER TABLE knock DROP COLUMN is_protected')
