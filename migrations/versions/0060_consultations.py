"""quick talks for those who work at a school

Revision: 0060
Follows: 0059
"""

import sqlalchemy as sa
from alembic import op


revision = '0060'
down_revision = '0059'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'consultation_terms',
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('hours', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'],
            name=op.f('fk_consultation_terms_municipality_id'),
        ),
        sa.PrimaryKeyConstraint('municipality_id', name=op.f('pk_consultation_terms')),
    )
    op.create_table(
        'consultation_link',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('school_id', sa.String(length=22), nullable=False),
        sa.Column('token_hash', sa.String(length=64), nullable=False),
        sa.Column('token', sa.Text(), nullable=True),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'],
            name=op.f('fk_consultation_link_municipality_id'),
        ),
        sa.ForeignKeyConstraint(
            ['school_id'], ['school.id'], name=op.f('fk_consultation_link_school_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_consultation_link')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_consultation_link_token_hash')),
    )
    op.create_index(
        op.f('ix_consultation_link_school_id'), 'consultation_link', ['school_id'], unique=False
    )
    op.create_table(
        'consultation',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('school_id', sa.String(length=22), nullable=False),
        sa.Column('form_hash', sa.String(length=64), nullable=False),
        sa.Column('form_print', sa.String(length=64), nullable=False),
        sa.Column('code_hash', sa.String(length=64), nullable=False),
        sa.Column('token_hash', sa.String(length=64), nullable=False),
        sa.Column('role', sa.String(length=40), nullable=False),
        sa.Column('theme', sa.String(length=40), nullable=False),
        sa.Column('concerns', sa.String(length=40), nullable=False),
        sa.Column('form', sa.String(length=40), nullable=False),
        sa.Column('wanted', sa.String(length=40), nullable=True),
        sa.Column('wall', sa.String(length=40), nullable=True),
        sa.Column('phone', sa.Text(), nullable=True),
        sa.Column('call_when', sa.Text(), nullable=True),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('taken_by_id', sa.String(length=22), nullable=True),
        sa.Column('contacted_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('opened_wide_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('outcome', sa.String(length=40), nullable=True),
        sa.Column('minutes', sa.Integer(), nullable=True),
        sa.Column('follow_up_on', sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_consultation_municipality_id')
        ),
        sa.ForeignKeyConstraint(
            ['school_id'], ['school.id'], name=op.f('fk_consultation_school_id')
        ),
        sa.ForeignKeyConstraint(
            ['taken_by_id'], ['staff.id'], name=op.f('fk_consultation_taken_by_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_consultation')),
        sa.UniqueConstraint('form_hash', name=op.f('uq_consultation_form_hash')),
        sa.UniqueConstraint('code_hash', name=op.f('uq_consultation_code_hash')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_consultation_token_hash')),
    )
    op.create_index(
        op.f('ix_consultation_school_id'), 'consultation', ['school_id'], unique=False
    )
    op.create_index(
        op.f('ix_consultation_closed_at'), 'consultation', ['closed_at'], unique=False
    )
    op.create_index(
        'ix_consultation_open',
        'consultation',
        ['municipality_id', 'due_at'],
        unique=False,
        postgresql_where=sa.text('closed_at IS NULL'),
        sqlite_where=sa.text('closed_at IS NULL'),
    )
    op.create_table(
        'consultation_text',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('consultation_id', sa.String(length=22), nullable=False),
        sa.Column('form_hash', sa.String(length=64), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=True),
        sa.Column('text', sa.Text(), nullable=True),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['consultation_id'], ['consultation.id'],
            name=op.f('fk_consultation_text_consultation_id'), ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['staff_id'], ['staff.id'], name=op.f('fk_consultation_text_staff_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_consultation_text')),
        sa.UniqueConstraint(
            'consultation_id', 'form_hash',
            name=op.f('uq_consultation_text_consultation_id_form_hash'),
        ),
    )
    op.create_index(op.f('ix_consultation_text_at'), 'consultation_text', ['at'], unique=False)


def downgrade():
    op.execute("DELETE FROM notice WHERE kind LIKE 'consultation%'")
    op.execute(
        "DELETE FROM climbed_rung WHERE wait_id IN"
        " (SELECT id FROM wait WHERE about_kind = 'consultation')"
    )
    op.execute("DELETE FROM wait WHERE about_kind = 'consultation'")
    op.drop_table('consultation_text')
    op.drop_table('consultation')
    op.drop_table('consultation_link')
    op.drop_table('consultation_terms')
