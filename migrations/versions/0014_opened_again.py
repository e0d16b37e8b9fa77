"""what had ended is opened again

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('knock', sa.Column('first_ended_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('knock', sa.Column('reopened_at', sa.DateTime(timezone=True), nullable=True))


def downgrade():
    # The release before knows no waiting for an answer: it is one for a new attempt there.
    for statement in (
        "UPDATE wait SET awaited = 'new_attempt' WHERE awaited = 'answer'",
        "UPDATE knock SET awaits = 'new_attempt' WHERE awaits = 'answer'",
        'ALTER TABLE knock DROP COLUMN reopened_at',
        'ALTER TABLE knock DROP COLUMN first_ended_at',
    ):
        op.execute(statement)
