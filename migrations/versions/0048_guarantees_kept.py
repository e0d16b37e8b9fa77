"""whether the guarantees of a purged knock were kept

Revision: 0048
Follows: 0047
"""

import sqlalchemy as sa
from alembic import op

revision = '0048'
down_revision = '0047'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('knock_figure', sa.Column('guarantees_kept', sa.Boolean(), nullable=True))


def downgrade():
    op.execute('ALTER TABLE knock_figure DROP COLUMN guarantees_kept')
