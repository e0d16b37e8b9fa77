"""what a municipality offers by Bron, its forms, and how long each step may take

Revision: 0061
Follows: 0060
"""

import sqlalchemy as sa
from alembic import op


revision = '0061'
down_revision = '0060'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'referral_offer',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('about', sa.Text(), nullable=False),
        sa.Column('age_from', sa.Integer(), nullable=False),
        sa.Column('age_to', sa.Integer(), nullable=False),
        sa.Column('assessment', sa.String(length=40), nullable=False),
        sa.Column('documented', sa.String(length=40), nullable=False),
        sa.Column('decision', sa.String(length=120), nullable=True),
        sa.Column('decided_on', sa.Date(), nullable=True),
        sa.Column('form', sa.String(length=40), nullable=False),
        sa.Column('organisation_id', sa.String(length=22), nullable=True),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_referral_offer_organisation_id')
        ),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_referral_offer_municipality_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_offer')),
    )
    op.create_index(
        op.f('ix_referral_offer_municipality_id'),
        'referral_offer',
        ['municipality_id'],
        unique=False,
    )
    op.create_table(
        'referral_form_version',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('form', sa.String(length=40), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('fields', sa.JSON(), nullable=False),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['municipality_id'],
            ['municipality.id'],
            name=op.f('fk_referral_form_version_municipality_id'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_form_version')),
        sa.UniqueConstraint(
            'municipality_id',
            'form',
            'number',
            name=op.f('uq_referral_form_version_municipality_id_form_number'),
        ),
    )
    op.create_index(
        op.f('ix_referral_form_version_municipality_id'),
        'referral_form_version',
        ['municipality_id'],
        unique=False,
    )
    op.create_table(
        'referral_hours',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('hours', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_referral_hours_municipality_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_hours')),
        sa.UniqueConstraint(
            'municipality_id', 'state', name=op.f('uq_referral_hours_municipality_id_state')
        ),
    )
    op.create_index(
        op.f('ix_referral_hours_municipality_id'),
        'referral_hours',
        ['municipality_id'],
        unique=False,
    )


def downgrade():
    op.drop_table('referral_hours')
    op.drop_table('referral_form_version')
    op.drop_table('referral_offer')
