"""knocks that are set aside together, and that staff took them out of the inbox

Revision: 0026
Follows: 0025
"""

import sqlalchemy as sa
from alembic import op


revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('knock', sa.Column('flood', sa.String(length=22), nullable=True))
    op.create_index(
        'ix_knock_flood',
        'knock',
        ['flood'],
        postgresql_where=sa.text('flood IS NOT NULL'),
        sqlite_where=sa.text('flood IS NOT NULL'),
    )
    op.create_table(
        'dismissal',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('flood', sa.String(length=22), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'],
            name=op.f('fk_dismissal_municipality_id'),
        ),
        sa.ForeignKeyConstraint(
            ['staff_id'], ['staff.id'], name=op.f('fk_dismissal_staff_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_dismissal')),
    )
    op.create_index(op.f('ix_dismissal_municipality_id'), 'dismissal', ['municipality_id'])
    op.create_index(op.f('ix_dismissal_until'), 'dismissal', ['until'])


def downgrade():
    op.drop_table('dismissal')
    op.drop_index('ix_knock_flood', table_name='knock')
    op.execute('ALTER TABLE knock DROP COLUMN flood')
