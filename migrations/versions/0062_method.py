"""the words and the steps of the local way of working

Revision: 0062
Follows: 0061
"""

import sqlalchemy as sa
from alembic import op


revision = '0062'
down_revision = '0061'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'glossary_word',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('key', sa.String(length=40), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ('word', 'school', 'social', 'care', 'we_say')
        ),
        sa.Column('removed', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_glossary_word_municipality_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_glossary_word')),
        sa.UniqueConstraint(
            'municipality_id', 'key', name=op.f('uq_glossary_word_municipality_id_key')
        ),
    )
    op.create_table(
        'method_step',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ('what', 'who', 'by_when')),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_method_step_municipality_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_method_step')),
    )
    for table in ('glossary_word', 'method_step'):
        op.create_index(
            op.f(f'ix_{table}_municipality_id'), table, ['municipality_id'], unique=False
        )


def downgrade():
    for table in ('method_step', 'glossary_word'):
        op.drop_table(table)
