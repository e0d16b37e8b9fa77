"""first tables

Revision: 0001
Follows: 
"""

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


# The audit table only grows: the database itself refuses to change or delete a row.
SQLITE_APPEND_ONLY = (
    """CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
       BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
    """CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
       BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
)
POSTGRESQL_APPEND_ONLY = (
    """CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'audit_event is append-only'; END $$""",
    """CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
       FOR EACH ROW EXECUTE FUNCTION audit_event_append_only()""",
    """CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
       FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only()""",
)


def upgrade() -> None:
    op.create_table('audit_event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('municipality_id', sa.String(length=22), nullable=True),
    sa.Column('actor', sa.String(length=40), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=True),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('knock_id', sa.String(length=22), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_event'))
    )
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.create_index('ix_audit_event_knock_id_at', ['knock_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_event_municipality_id'), ['municipality_id'], unique=False)

    op.create_table('device',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('remembered', sa.Boolean(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_device_token_hash'))
    )
    with op.batch_alter_table('device', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_device_expires_at'), ['expires_at'], unique=False)

    op.create_table('municipality',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('host', sa.String(length=253), nullable=True),
    sa.Column('promise_hours', sa.Integer(), nullable=False),
    sa.Column('eves_closed', sa.Boolean(), nullable=False),
    sa.Column('ladder', sa.JSON(), nullable=True),
    sa.Column('show_names', sa.Boolean(), nullable=False),
    sa.Column('retention_days', sa.Integer(), nullable=False),
    sa.Column('duty_phone', sa.String(length=40), nullable=True),
    sa.Column('contact_email', sa.String(length=254), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_municipality')),
    sa.UniqueConstraint('host', name=op.f('uq_municipality_host')),
    sa.UniqueConstraint('slug', name=op.f('uq_municipality_slug'))
    )
    op.create_table('scheduled_run',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_scheduled_run'))
    )
    op.create_table('crisis_line',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('municipality_id', sa.String(length=22), nullable=True),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=True),
    sa.Column('sms', sa.String(length=40), nullable=True),
    sa.Column('url', sa.String(length=300), nullable=True),
    sa.Column('hours', sa.String(length=120), nullable=False),
    sa.Column('age_from', sa.Integer(), nullable=True),
    sa.Column('age_to', sa.Integer(), nullable=True),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('verified_on', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=True),
    sa.ForeignKeyConstraint(['municipality_id'], ['municipality.id'], name=op.f('fk_crisis_line_municipality_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_crisis_line')),
    sa.UniqueConstraint('municipality_id', 'name', name=op.f('uq_crisis_line_municipality_id_name'))
    )
    with op.batch_alter_table('crisis_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_crisis_line_municipality_id'), ['municipality_id'], unique=False)

    op.create_table('reply_template',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('municipality_id', sa.String(length=22), nullable=False),
    sa.Column('wall', sa.String(length=40), nullable=True),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['municipality_id'], ['municipality.id'], name=op.f('fk_reply_template_municipality_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reply_template')),
    sa.UniqueConstraint('municipality_id', 'title', name=op.f('uq_reply_template_municipality_id_title'))
    )
    with op.batch_alter_table('reply_template', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reply_template_municipality_id'), ['municipality_id'], unique=False)

    op.create_table('school',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('municipality_id', sa.String(length=22), nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('form', sa.String(length=40), nullable=False),
    sa.Column('town', sa.String(length=80), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['municipality_id'], ['municipality.id'], name=op.f('fk_school_municipality_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_school')),
    sa.UniqueConstraint('slug', name=op.f('uq_school_slug'))
    )
    with op.batch_alter_table('school', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_school_municipality_id'), ['municipality_id'], unique=False)

    op.create_table('staff',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('municipality_id', sa.String(length=22), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('profession', sa.String(length=40), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('email_hash', sa.String(length=64), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['municipality_id'], ['municipality.id'], name=op.f('fk_staff_municipality_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff')),
    sa.UniqueConstraint('email_hash', name=op.f('uq_staff_email_hash'))
    )
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_municipality_id'), ['municipality_id'], unique=False)

    op.create_table('assignment',
    sa.Column('staff_id', sa.String(length=22), nullable=False),
    sa.Column('school_id', sa.String(length=22), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_assignment_school_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_assignment_staff_id')),
    sa.PrimaryKeyConstraint('staff_id', 'school_id', name=op.f('pk_assignment'))
    )
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assignment_school_id'), ['school_id'], unique=False)

    op.create_table('knock',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('municipality_id', sa.String(length=22), nullable=False),
    sa.Column('school_id', sa.String(length=22), nullable=False),
    sa.Column('form_hash', sa.String(length=64), nullable=False),
    sa.Column('form_print', sa.String(length=64), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('pin_hash', sa.String(length=200), nullable=True),
    sa.Column('pin_failures', sa.Integer(), nullable=False),
    sa.Column('pin_locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('wanted', sa.String(length=40), nullable=True),
    sa.Column('wanted_staff_id', sa.String(length=22), nullable=True),
    sa.Column('wall', sa.String(length=40), nullable=True),
    sa.Column('way', sa.String(length=40), nullable=False),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('safe_times', sa.Text(), nullable=True),
    sa.Column('voicemail_ok', sa.Boolean(), nullable=False),
    sa.Column('neutral_sender', sa.Boolean(), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('school_class', sa.Text(), nullable=True),
    sa.Column('knocked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_rung_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rung_hours', sa.Integer(), nullable=False),
    sa.Column('opened_wide_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('triage', sa.String(length=40), nullable=True),
    sa.Column('taken_by_id', sa.String(length=22), nullable=True),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_by', sa.String(length=40), nullable=True),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reached_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retry_due', sa.Boolean(), nullable=False),
    sa.Column('pupil_wrote_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('staff_wrote_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=40), nullable=True),
    sa.Column('purge_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['municipality_id'], ['municipality.id'], name=op.f('fk_knock_municipality_id')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_knock_school_id')),
    sa.ForeignKeyConstraint(['taken_by_id'], ['staff.id'], name=op.f('fk_knock_taken_by_id')),
    sa.ForeignKeyConstraint(['wanted_staff_id'], ['staff.id'], name=op.f('fk_knock_wanted_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_knock')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_knock_code_hash')),
    sa.UniqueConstraint('form_hash', name=op.f('uq_knock_form_hash'))
    )
    with op.batch_alter_table('knock', schema=None) as batch_op:
        batch_op.create_index('ix_knock_done', ['municipality_id', 'closed_at', 'id'], unique=False)
        batch_op.create_index('ix_knock_inbox', ['municipality_id', 'state', 'deadline_at', 'id'], unique=False)
        batch_op.create_index('ix_knock_purge', ['purge_at'], unique=False, postgresql_where=sa.text('purge_at IS NOT NULL'), sqlite_where=sa.text('purge_at IS NOT NULL'))
        batch_op.create_index('ix_knock_school', ['school_id', 'state', 'deadline_at', 'id'], unique=False)
        batch_op.create_index('ix_knock_sweep', ['next_rung_at'], unique=False, postgresql_where=sa.text('next_rung_at IS NOT NULL'), sqlite_where=sa.text('next_rung_at IS NOT NULL'))
        batch_op.create_index('ix_knock_taker', ['taken_by_id', 'state', 'deadline_at', 'id'], unique=False)

    op.create_table('knock_figure',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(length=22), nullable=False),
    sa.Column('school_id', sa.String(length=22), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('wall', sa.String(length=40), nullable=True),
    sa.Column('way', sa.String(length=40), nullable=False),
    sa.Column('kept', sa.Boolean(), nullable=False),
    sa.Column('reached', sa.Boolean(), nullable=False),
    sa.Column('hours_to_contact', sa.Float(), nullable=True),
    sa.Column('outcome', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['municipality_id'], ['municipality.id'], name=op.f('fk_knock_figure_municipality_id')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_knock_figure_school_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_knock_figure'))
    )
    with op.batch_alter_table('knock_figure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_knock_figure_municipality_id'), ['municipality_id'], unique=False)

    op.create_table('notice',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('municipality_id', sa.String(length=22), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('channel', sa.String(length=40), nullable=False),
    sa.Column('knock_id', sa.String(length=22), nullable=True),
    sa.Column('cause', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('useful_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('given_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.String(length=80), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['municipality_id'], ['municipality.id'], name=op.f('fk_notice_municipality_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_notice_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('cause', name=op.f('uq_notice_cause'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_knock_id'), ['knock_id'], unique=False)
        batch_op.create_index('ix_notice_staff_id_created_at', ['staff_id', 'channel', 'created_at'], unique=False)
        batch_op.create_index('ix_notice_waiting', ['not_before'], unique=False, postgresql_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'), sqlite_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'))

    op.create_table('school_break',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('municipality_id', sa.String(length=22), nullable=False),
    sa.Column('school_id', sa.String(length=22), nullable=True),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['municipality_id'], ['municipality.id'], name=op.f('fk_school_break_municipality_id')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_school_break_school_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_school_break')),
    sa.UniqueConstraint('municipality_id', 'school_id', 'name', 'starts_on', name=op.f('uq_school_break_municipality_id_school_id_name_starts_on'))
    )
    with op.batch_alter_table('school_break', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_school_break_municipality_id'), ['municipality_id'], unique=False)

    op.create_table('sign_in_link',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_sign_in_link_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sign_in_link_token_hash'))
    )
    with op.batch_alter_table('sign_in_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_link_staff_id'), ['staff_id'], unique=False)

    op.create_table('staff_session',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_session_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_staff_session_token_hash'))
    )
    with op.batch_alter_table('staff_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_session_staff_id'), ['staff_id'], unique=False)

    op.create_table('attempt',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('on_chosen_way', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_attempt_knock_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_attempt_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_knock_id'), ['knock_id'], unique=False)

    op.create_table('avoided',
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=False),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_avoided_knock_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_avoided_staff_id')),
    sa.PrimaryKeyConstraint('knock_id', 'staff_id', name=op.f('pk_avoided'))
    )
    op.create_table('crossing',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=False),
    sa.Column('from_wall', sa.String(length=40), nullable=False),
    sa.Column('to_wall', sa.String(length=40), nullable=False),
    sa.Column('consent', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_crossing_knock_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_crossing_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_crossing'))
    )
    with op.batch_alter_table('crossing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_crossing_knock_id'), ['knock_id'], unique=False)

    op.create_table('device_knock',
    sa.Column('device_id', sa.String(length=22), nullable=False),
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('pin_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_device_knock_device_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_device_knock_knock_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('device_id', 'knock_id', name=op.f('pk_device_knock'))
    )
    with op.batch_alter_table('device_knock', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_device_knock_knock_id'), ['knock_id'], unique=False)

    op.create_table('meeting_proposal',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_meeting_proposal_knock_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_meeting_proposal_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_proposal'))
    )
    with op.batch_alter_table('meeting_proposal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_proposal_knock_id'), ['knock_id'], unique=False)

    op.create_table('message',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('form_hash', sa.String(length=64), nullable=False),
    sa.Column('author', sa.String(length=40), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_message_knock_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_message_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('knock_id', 'form_hash', name=op.f('uq_message_knock_id_form_hash'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_message_knock_id'), ['knock_id'], unique=False)

    op.create_table('meeting_slot',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('proposal_id', sa.String(length=22), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('way', sa.String(length=40), nullable=False),
    sa.Column('place', sa.Text(), nullable=True),
    sa.Column('picked', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['proposal_id'], ['meeting_proposal.id'], name=op.f('fk_meeting_slot_proposal_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_slot'))
    )
    with op.batch_alter_table('meeting_slot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_slot_proposal_id'), ['proposal_id'], unique=False)


    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_APPEND_ONLY if sqlite else POSTGRESQL_APPEND_ONLY:
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table('meeting_slot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_meeting_slot_proposal_id'))

    op.drop_table('meeting_slot')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_message_knock_id'))

    op.drop_table('message')
    with op.batch_alter_table('meeting_proposal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_meeting_proposal_knock_id'))

    op.drop_table('meeting_proposal')
    with op.batch_alter_table('device_knock', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_device_knock_knock_id'))

    op.drop_table('device_knock')
    with op.batch_alter_table('crossing', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_crossing_knock_id'))

    op.drop_table('crossing')
    op.drop_table('avoided')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempt_knock_id'))

    op.drop_table('attempt')
    with op.batch_alter_table('staff_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_staff_session_staff_id'))

    op.drop_table('staff_session')
    with op.batch_alter_table('sign_in_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_in_link_staff_id'))

    op.drop_table('sign_in_link')
    with op.batch_alter_table('school_break', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_school_break_municipality_id'))

    op.drop_table('school_break')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index('ix_notice_waiting', postgresql_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'), sqlite_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'))
        batch_op.drop_index('ix_notice_staff_id_created_at')
        batch_op.drop_index(batch_op.f('ix_notice_knock_id'))

    op.drop_table('notice')
    with op.batch_alter_table('knock_figure', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_knock_figure_municipality_id'))

    op.drop_table('knock_figure')
    with op.batch_alter_table('knock', schema=None) as batch_op:
        batch_op.drop_index('ix_knock_taker')
        batch_op.drop_index('ix_knock_sweep', postgresql_where=sa.text('next_rung_at IS NOT NULL'), sqlite_where=sa.text('next_rung_at IS NOT NULL'))
        batch_op.drop_index('ix_knock_school')
        batch_op.drop_index('ix_knock_purge', postgresql_where=sa.text('purge_at IS NOT NULL'), sqlite_where=sa.text('purge_at IS NOT NULL'))
        batch_op.drop_index('ix_knock_inbox')
        batch_op.drop_index('ix_knock_done')

    op.drop_table('knock')
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_assignment_school_id'))

    op.drop_table('assignment')
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_staff_municipality_id'))

    op.drop_table('staff')
    with op.batch_alter_table('school', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_school_municipality_id'))

    op.drop_table('school')
    with op.batch_alter_table('reply_template', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reply_template_municipality_id'))

    op.drop_table('reply_template')
    with op.batch_alter_table('crisis_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_crisis_line_municipality_id'))

    op.drop_table('crisis_line')
    op.drop_table('scheduled_run')
    op.drop_table('municipality')
    with op.batch_alter_table('device', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_device_expires_at'))

    op.drop_table('device')
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_event_municipality_id'))
        batch_op.drop_index('ix_audit_event_knock_id_at')

    op.drop_table('audit_event')

    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_event_append_only")
