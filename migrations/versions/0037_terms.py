"""what a municipality had decided of its promise before; its decision on private numbers

Revision: 0037
Follows: 0036
"""

import sqlalchemy as sa
from alembic import op


revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None

COLUMNS = {'private_numbers_from': sa.Date(), 'private_numbers_ref': sa.Text()}


def upgrade():
    op.create_table(
        'former_terms',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.Column('promise_hours', sa.Integer(), nullable=False),
        sa.Column('eves_closed', sa.Boolean(), nullable=False),
        sa.Column('ladder', sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_former_terms_municipality_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_former_terms')),
    )
    op.create_index(op.f('ix_former_terms_municipality_id'), 'former_terms', ['municipality_id'])
    for name, kind in COLUMNS.items():
        op.add_column('municipality', sa.Column(name, kind, nullable=True))


def downgrade():
    for name in COLUMNS:
        op.execute(f'ALTER TABLE municipality DROP COLUMN {name}')
    op.drop_index(op.f('ix_former_terms_municipality_id'), table_name='former_terms')
    op.drop_table('former_terms')
