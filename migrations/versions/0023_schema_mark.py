"""which code can work with the tables

Revision: 0023
Follows: 0022
"""

import sqlalchemy as sa
from alembic import op


revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

oldest_code = '0021'


def upgrade():
    op.create_table(
        'schema_mark',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('oldest_code', sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_schema_mark')),
    )


def downgrade():
    op.drop_table('schema_mark')
