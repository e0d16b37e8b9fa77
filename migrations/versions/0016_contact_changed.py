"""when a pupil last changed how to be contacted

Revision: 0016
Follows: 0015
"""

import sqlalchemy as sa
from alembic import op


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        'knock', sa.Column('contact_changed_at', sa.DateTime(timezone=True), nullable=True)
    )


def downgrade():
    # What the release before does not know is not told of.
    op.execute("DELETE FROM notice WHERE kind = 'contact_changed'")
    op.execute('ALTER TABLE knock DROP COLUMN contact_changed_at')
