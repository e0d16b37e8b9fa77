"""what a form showed of the senast, and how urgent its pupil says that it is

Revision: 0029
Follows: 0028
"""

import sqlalchemy as sa
from alembic import op


revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

COLUMNS = ('due_shown', 'urgency')


def upgrade():
    for name in COLUMNS:
        op.add_column('knock', sa.Column(name, sa.String(length=40), nullable=True))


def downgrade():
    for name in COLUMNS:
        op.execute(f'ALTER TABLE knock DROP COLUMN {name}')
