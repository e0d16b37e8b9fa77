"""PIN and address for reminders in tables of their own; to whom a knock was handed

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('knock_pin',
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('digits_hash', sa.String(length=200), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_knock_pin_knock_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('knock_id', name=op.f('pk_knock_pin')),
    )
    op.create_table('reminder_address',
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_reminder_address_knock_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('knock_id', name=op.f('pk_reminder_address')),
    )
    op.execute(
        'INSERT INTO knock_pin (knock_id, digits_hash, failures, locked_until) '
        'SELECT id, pin_hash, pin_failures, pin_locked_until FROM knock WHERE pin_hash IS NOT NULL'
    )
    op.execute(
        'INSERT INTO reminder_address (knock_id, phone, email) '
        'SELECT id, remind_phone, remind_email FROM knock '
        'WHERE remind_phone IS NOT NULL OR remind_email IS NOT NULL'
    )
    for column in ('pin_hash', 'pin_failures', 'pin_locked_until', 'remind_phone', 'remind_email'):
        op.drop_column('knock', column)
    op.add_column('audit_event', sa.Column('to_staff_id', sa.String(length=22), nullable=True))


def downgrade():
    op.drop_column('audit_event', 'to_staff_id')
    op.add_column('knock', sa.Column('pin_hash', sa.String(length=200), nullable=True))
    op.add_column('knock', sa.Column('pin_failures', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('knock', sa.Column('pin_locked_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('knock', sa.Column('remind_phone', sa.Text(), nullable=True))
    op.add_column('knock', sa.Column('remind_email', sa.Text(), nullable=True))
    for column, held in (('pin_hash', 'digits_hash'), ('pin_failures', 'failures'), ('pin_locked_until', 'locked_until')):
        op.execute(
            f'UPDATE knock SET {column} = (SELECT {held} FROM knock_pin WHERE knock_id = knock.id) '
            'WHERE id IN (SELECT knock_id FROM knock_pin)'
        )
    for column, held in (('remind_phone', 'phone'), ('remind_email', 'email')):
        op.execute(
            f'UPDATE knock SET {column} = (SELECT {held} FROM reminder_address WHERE knock_id = knock.id) '
            'WHERE id IN (SELECT knock_id FROM reminder_address)'
        )
    op.drop_table('reminder_address')
    op.drop_table('knock_pin')
