"""to which countries a municipality sends SMS, and how many

Revision: 0027
Follows: 0026
"""

import sqlalchemy as sa
from alembic import op


revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        'municipality',
        sa.Column('sms_countries', sa.String(length=80), nullable=False, server_default='46'),
    )
    op.add_column(
        'municipality', sa.Column('sms_a_day', sa.Integer(), nullable=False, server_default='300')
    )
    op.add_column(
        'reminder_address', sa.Column('phone_hash', sa.String(length=64), nullable=True)
    )
    op.create_index('ix_reminder_address_phone_hash', 'reminder_address', ['phone_hash'])


def downgrade():
    op.drop_index('ix_reminder_address_phone_hash', table_name='reminder_address')
    op.execute('ALTER TABLE reminder_address DROP COLUMN phone_hash')
    op.execute('ALTER TABLE municipality DROP COLUMN sms_a_day')
    op.execute('ALTER TABLE municipality DROP COLUMN sms_countries')
