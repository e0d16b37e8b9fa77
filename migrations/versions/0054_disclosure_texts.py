"""what a municipality says when something is asked to be disclosed

Revision: 0054
Follows: 0053
"""

import sqlalchemy as sa
from alembic import op


revision = '0054'
down_revision = '0053'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'disclosure_text',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('key', sa.String(length=40), nullable=False),
        sa.Column('says', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ['municipality_id'],
            ['municipality.id'],
            name=op.f('fk_disclosure_text_municipality_id'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_disclosure_text')),
        sa.UniqueConstraint(
            'municipality_id', 'key', name=op.f('uq_disclosure_text_municipality_id_key')
        ),
    )
    op.create_index(
        op.f('ix_disclosure_text_municipality_id'), 'disclosure_text', ['municipality_id']
    )


def downgrade():
    op.drop_table('disclosure_text')
