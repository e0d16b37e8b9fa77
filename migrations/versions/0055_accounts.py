"""logins with providers of OpenID Connect, and the accounts that staff sign in with

Revision: 0055
Follows: 0054
"""

import sqlalchemy as sa
from alembic import op


revision = '0055'
down_revision = '0054'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'oidc_request',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('provider', sa.String(length=40), nullable=False),
        sa.Column('browser_hash', sa.String(length=64), nullable=False),
        sa.Column('school_id', sa.String(length=22), nullable=True),
        sa.Column('staff_session_id', sa.String(length=22), nullable=True),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_oidc_request_school_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oidc_request')),
        sa.UniqueConstraint('browser_hash', name=op.f('uq_oidc_request_browser_hash')),
    )
    op.create_index(op.f('ix_oidc_request_ends_at'), 'oidc_request', ['ends_at'])
    op.create_table(
        'staff_account',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=False),
        sa.Column('provider', sa.String(length=40), nullable=False),
        sa.Column('account_hash', sa.String(length=64), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_account_staff_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_account')),
        sa.UniqueConstraint('account_hash', name=op.f('uq_staff_account_account_hash')),
        sa.UniqueConstraint('staff_id', 'provider', name=op.f('uq_staff_account_staff_id_provider')),
    )
    op.create_index(op.f('ix_staff_account_staff_id'), 'staff_account', ['staff_id'])


def downgrade():
    op.drop_table('staff_account')
    op.drop_table('oidc_request')
