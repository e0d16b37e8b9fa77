"""who is named to answer for what

Revision: 0042
Follows: 0041
"""

import sqlalchemy as sa
from alembic import op


revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'responsibility',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('duty', sa.String(length=40), nullable=False),
        sa.Column('wall', sa.String(length=40), nullable=True),
        sa.Column('staff_id', sa.String(length=22), nullable=False),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'],
            name=op.f('fk_responsibility_municipality_id'),
        ),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_responsibility_staff_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_responsibility')),
    )
    for column in ('municipality_id', 'staff_id'):
        op.create_index(op.f(f'ix_responsibility_{column}'), 'responsibility', [column])


def downgrade():
    op.drop_table('responsibility')
