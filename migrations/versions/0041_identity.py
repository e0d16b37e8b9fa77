"""who a pupil was by e-ID, and orders at BankID

Revision: 0041
Follows: 0040
"""

import sqlalchemy as sa
from alembic import op


revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'identity',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('provider', sa.String(length=40), nullable=False),
        sa.Column('provider_name', sa.String(length=80), nullable=False),
        sa.Column('subject_hash', sa.String(length=64), nullable=False),
        sa.Column('number', sa.Text(), nullable=True),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('school_class', sa.Text(), nullable=True),
        sa.Column('age_band', sa.String(length=40), nullable=True),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('browser_hash', sa.String(length=64), nullable=True),
        sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_identity_municipality_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_identity')),
        sa.UniqueConstraint('browser_hash', name=op.f('uq_identity_browser_hash')),
    )
    op.create_index('ix_identity_subject_hash', 'identity', ['subject_hash'])
    op.create_index('ix_identity_ends_at', 'identity', ['ends_at'])
    op.create_table(
        'eid_order',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('school_id', sa.String(length=22), nullable=False),
        sa.Column('browser_hash', sa.String(length=64), nullable=False),
        sa.Column('nonce_hash', sa.String(length=64), nullable=True),
        sa.Column('place_hash', sa.String(length=70), nullable=True),
        sa.Column('app', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('told', sa.String(length=40), nullable=False),
        sa.Column('order_ref', sa.Text(), nullable=True),
        sa.Column('start_token', sa.Text(), nullable=True),
        sa.Column('qr_token', sa.Text(), nullable=True),
        sa.Column('qr_secret', sa.Text(), nullable=True),
        sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ask_from', sa.DateTime(timezone=True), nullable=False),
        sa.Column('renewals', sa.Integer(), nullable=False),
        sa.Column('identity_id', sa.String(length=22), nullable=True),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_eid_order_municipality_id')
        ),
        sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_eid_order_school_id')),
        sa.ForeignKeyConstraint(
            ['identity_id'], ['identity.id'], name=op.f('fk_eid_order_identity_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_eid_order')),
        sa.UniqueConstraint('browser_hash', name=op.f('uq_eid_order_browser_hash')),
    )
    op.create_index('ix_eid_order_ends_at', 'eid_order', ['ends_at'])
    with op.batch_alter_table('knock') as batch:
        batch.add_column(sa.Column('identity_id', sa.String(length=22), nullable=True))
        batch.create_foreign_key(op.f('fk_knock_identity_id'), 'identity', ['identity_id'], ['id'])
    op.create_index(
        'ix_knock_identity', 'knock', ['identity_id'],
        postgresql_where=sa.text('identity_id IS NOT NULL'),
        sqlite_where=sa.text('identity_id IS NOT NULL'),
    )


def downgrade():
    op.drop_index('ix_knock_identity', table_name='knock')
    with op.batch_alter_table('knock') as batch:
        batch.drop_column('identity_id')
    op.drop_table('eid_order')
    op.drop_table('identity')
