"""of which days without anybody the coordinators have been told

Revision: 0031
Follows: 0030
"""

import sqlalchemy as sa
from alembic import op


revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'gap_told',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('school_id', sa.String(length=22), nullable=False),
        sa.Column('wall', sa.String(length=40), nullable=False),
        sa.Column('step', sa.Integer(), nullable=False),
        sa.Column('first_on', sa.Date(), nullable=False),
        sa.Column('last_on', sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ['school_id'], ['school.id'], name=op.f('fk_gap_told_school_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_gap_told')),
        sa.UniqueConstraint(
            'school_id', 'wall', 'step', 'first_on',
            name=op.f('uq_gap_told_school_id_wall_step_first_on'),
        ),
    )


def downgrade():
    op.drop_table('gap_told')
