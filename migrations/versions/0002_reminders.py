"""reminders: browsers that want pushes, notices to pupils, where to write instead

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

WAITING = sa.text('sent_at IS NULL AND given_up_at IS NULL')


def upgrade() -> None:
    op.create_table('push_subscription',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('device_id', sa.String(length=22), nullable=True),
    sa.Column('staff_id', sa.String(length=22), nullable=True),
    sa.Column('staff_session_id', sa.String(length=22), nullable=True),
    sa.Column('endpoint', sa.Text(), nullable=False),
    sa.Column('endpoint_hash', sa.String(length=64), nullable=False),
    sa.Column('p256dh', sa.Text(), nullable=False),
    sa.Column('auth', sa.Text(), nullable=False),
    sa.Column('vapid_key_id', sa.String(length=16), nullable=False),
    sa.Column('host', sa.String(length=253), nullable=False),
    sa.Column('origin', sa.String(length=300), nullable=False),
    sa.Column('kinds', sa.JSON(), nullable=False),
    sa.Column('loud_kinds', sa.JSON(), nullable=False),
    sa.Column('quiet_from', sa.Integer(), nullable=True),
    sa.Column('quiet_to', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_ok_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(device_id IS NULL) <> (staff_id IS NULL)', name=op.f('ck_push_subscription_one_owner')),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_push_subscription_device_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_push_subscription_staff_id')),
    sa.ForeignKeyConstraint(['staff_session_id'], ['staff_session.id'], name=op.f('fk_push_subscription_staff_session_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_push_subscription')),
    sa.UniqueConstraint('endpoint_hash', name=op.f('uq_push_subscription_endpoint_hash'))
    )
    for column in ('device_id', 'staff_id', 'staff_session_id'):
        op.create_index(op.f(f'ix_push_subscription_{column}'), 'push_subscription', [column])

    # Plain ALTER, on SQLite too: a table that others point at must not be made anew there,
    # because dropping the old one would take their rows with it.
    op.add_column('knock', sa.Column('remind_phone', sa.Text(), nullable=True))
    op.add_column('knock', sa.Column('remind_email', sa.Text(), nullable=True))
    op.create_index(
        'ix_meeting_slot_picked', 'meeting_slot', ['starts_at'],
        postgresql_where=sa.text('picked'), sqlite_where=sa.text('picked'),
    )

    _drop_waiting_index()
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.alter_column('staff_id', existing_type=sa.String(length=22), nullable=True)
        batch_op.add_column(sa.Column('subscription_id', sa.String(length=22), nullable=True))
        batch_op.add_column(sa.Column('parent_id', sa.String(length=22), nullable=True))
        batch_op.add_column(sa.Column('started_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f('fk_notice_subscription_id'), 'push_subscription',
            ['subscription_id'], ['id'], ondelete='CASCADE',
        )
        batch_op.create_index(batch_op.f('ix_notice_subscription_id'), ['subscription_id'])
        batch_op.create_index(batch_op.f('ix_notice_parent_id'), ['parent_id'])
    _create_waiting_index()


def downgrade() -> None:
    # What the tables of before cannot hold: notices to pupils, and those on the new channels.
    op.execute("DELETE FROM notice WHERE staff_id IS NULL OR channel IN ('push', 'sms')")
    _drop_waiting_index()
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notice_parent_id'))
        batch_op.drop_index(batch_op.f('ix_notice_subscription_id'))
        batch_op.drop_constraint(batch_op.f('fk_notice_subscription_id'), type_='foreignkey')
        batch_op.drop_column('started_at')
        batch_op.drop_column('parent_id')
        batch_op.drop_column('subscription_id')
        batch_op.alter_column('staff_id', existing_type=sa.String(length=22), nullable=False)
    _create_waiting_index()

    op.drop_index('ix_meeting_slot_picked', table_name='meeting_slot')
    op.execute('ALTER TABLE knock DROP COLUMN remind_email')
    op.execute('ALTER TABLE knock DROP COLUMN remind_phone')
    op.drop_table('push_subscription')


def _drop_waiting_index() -> None:
    op.drop_index('ix_notice_waiting', table_name='notice')


def _create_waiting_index() -> None:
    op.create_index(
        'ix_notice_waiting', 'notice', ['not_before'], postgresql_where=WAITING, sqlite_where=WAITING
    )
