"""what the keys are known by that the database is written with

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'key_mark',
        sa.Column('mark', sa.String(length=64), nullable=False),
        sa.Column('use', sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint('mark', name=op.f('pk_key_mark')),
    )


def downgrade():
    op.drop_table('key_mark')
