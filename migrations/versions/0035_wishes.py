"""what a pupil wishes: a woman or a man, an interpreter; which of the two staff say that they are

Revision: 0035
Follows: 0034
"""

import sqlalchemy as sa
from alembic import op


revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None

COLUMNS = {
    'knock': {'wished_gender': sa.String(length=40), 'interpreter': sa.Text()},
    'staff': {'gender': sa.String(length=40)},
}


def upgrade():
    for table, columns in COLUMNS.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade():
    for table, columns in COLUMNS.items():
        for name in columns:
            op.execute(f'ALTER TABLE {table} DROP COLUMN {name}')
