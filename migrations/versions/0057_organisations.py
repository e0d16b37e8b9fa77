"""organisations beside the schools, their people, and what is said of an area of secrecy

Revision: 0057
Follows: 0056
"""

import sqlalchemy as sa
from alembic import op


revision = '0057'
down_revision = '0056'
branch_labels = None
depends_on = None
oldest_code = '0021'


def upgrade():
    op.create_table(
        'organisation',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('contact', sa.String(length=254), nullable=True),
        sa.Column('at_door', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('active', sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'],
            name=op.f('fk_organisation_municipality_id'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_organisation')),
        sa.UniqueConstraint(
            'municipality_id', 'name', name=op.f('uq_organisation_municipality_id_name')
        ),
    )
    op.create_index(op.f('ix_organisation_municipality_id'), 'organisation', ['municipality_id'])
    op.create_table(
        'area_text',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('wall', sa.String(length=40), nullable=False),
        sa.Column('law', sa.String(length=120), nullable=True),
        sa.Column('says', sa.Text(), nullable=True),
        sa.Column('to_staff', sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_area_text_municipality_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_area_text')),
        sa.UniqueConstraint(
            'municipality_id', 'wall', name=op.f('uq_area_text_municipality_id_wall')
        ),
    )
    op.create_index(op.f('ix_area_text_municipality_id'), 'area_text', ['municipality_id'])
    with op.batch_alter_table('staff') as batch:
        batch.add_column(sa.Column('organisation_id', sa.String(length=22), nullable=True))
        batch.add_column(
            sa.Column('leads', sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch.create_foreign_key(
            op.f('fk_staff_organisation_id'), 'organisation', ['organisation_id'], ['id']
        )
        batch.create_index(op.f('ix_staff_organisation_id'), ['organisation_id'])


def downgrade():
    # What is older knows neither the professions nor the walls of organisations.
    op.execute("UPDATE staff SET active = false WHERE organisation_id IS NOT NULL")
    op.execute("UPDATE staff SET profession = NULL WHERE organisation_id IS NOT NULL")
    with op.batch_alter_table('staff') as batch:
        batch.drop_index(op.f('ix_staff_organisation_id'))
        batch.drop_constraint(op.f('fk_staff_organisation_id'), type_='foreignkey')
        batch.drop_column('leads')
        batch.drop_column('organisation_id')
    op.drop_table('area_text')
    op.drop_table('organisation')
