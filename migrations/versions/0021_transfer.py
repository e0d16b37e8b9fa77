"""that a knock was moved from one school to another

Revision: 0021
Follows: 0020
"""

import sqlalchemy as sa
from alembic import op


revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('transfer',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('from_school_id', sa.String(length=22), nullable=False),
    sa.Column('to_school_id', sa.String(length=22), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['from_school_id'], ['school.id'], name=op.f('fk_transfer_from_school_id')),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_transfer_knock_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_transfer_staff_id')),
    sa.ForeignKeyConstraint(['to_school_id'], ['school.id'], name=op.f('fk_transfer_to_school_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfer')),
    )
    op.create_index('ix_transfer_knock_id', 'transfer', ['knock_id'], unique=False)
    op.add_column('audit_event', sa.Column('from_school_id', sa.String(length=22), nullable=True))
    op.add_column('audit_event', sa.Column('to_school_id', sa.String(length=22), nullable=True))


def downgrade():
    op.execute('ALTER TABLE audit_event DROP COLUMN to_school_id')
    op.execute('ALTER TABLE audit_event DROP COLUMN from_school_id')
    op.drop_table('transfer')
