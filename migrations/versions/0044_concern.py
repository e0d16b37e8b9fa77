"""that a concern was reported; what a municipality says in the steps of it

Revision: 0044
Follows: 0043
"""

import sqlalchemy as sa
from alembic import op


revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'concern_step',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('key', sa.String(length=40), nullable=False),
        sa.Column('says', sa.Text(), nullable=True),
        sa.Column('link', sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_concern_step_municipality_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_concern_step')),
        sa.UniqueConstraint('municipality_id', 'key', name=op.f('uq_concern_step_municipality_id_key')),
    )
    op.create_index(
        op.f('ix_concern_step_municipality_id'), 'concern_step', ['municipality_id'], unique=False
    )
    op.create_table(
        'concern_report',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('knock_id', sa.String(length=22), nullable=False),
        sa.Column('form_hash', sa.String(length=64), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=False),
        sa.Column('is_adult', sa.Boolean(), nullable=False),
        sa.Column('steps', sa.String(length=200), nullable=False),
        sa.Column('way', sa.String(length=40), nullable=False),
        sa.Column('reported_on', sa.Date(), nullable=False),
        sa.Column('reference', sa.Text(), nullable=True),
        sa.Column('told', sa.String(length=40), nullable=False),
        sa.Column('follow_up_on', sa.Date(), nullable=False),
        sa.Column('reminded_on', sa.Date(), nullable=True),
        sa.Column('followed_up_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['knock_id'], ['knock.id'], name=op.f('fk_concern_report_knock_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_concern_report_staff_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_concern_report')),
        sa.UniqueConstraint(
            'knock_id', 'form_hash', name=op.f('uq_concern_report_knock_id_form_hash')
        ),
    )
    op.create_index(
        op.f('ix_concern_report_knock_id'), 'concern_report', ['knock_id'], unique=False
    )
    op.create_index(
        'ix_concern_report_follow_up_on', 'concern_report', ['follow_up_on'], unique=False,
        postgresql_where=sa.text('followed_up_at IS NULL'),
        sqlite_where=sa.text('followed_up_at IS NULL'),
    )


def downgrade():
    op.execute("DELETE FROM notice WHERE kind = 'follow_up'")
    op.drop_table('concern_report')
    op.drop_table('concern_step')
