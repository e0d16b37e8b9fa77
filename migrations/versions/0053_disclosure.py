"""what was decided when somebody asked for what a knock holds

Revision: 0053
Follows: 0052
"""

import sqlalchemy as sa
from alembic import op


revision = '0053'
down_revision = '0052'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'disclosure',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('knock_id', sa.String(length=22), nullable=False),
        sa.Column('form_hash', sa.String(length=64), nullable=False),
        sa.Column('staff_id', sa.String(length=22), nullable=False),
        sa.Column('asker', sa.String(length=40), nullable=False),
        sa.Column('outcome', sa.String(length=40), nullable=False),
        sa.Column('ground', sa.String(length=40), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('pupil_sees', sa.Boolean(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['knock_id'], ['knock.id'], name=op.f('fk_disclosure_knock_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_disclosure_staff_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_disclosure')),
        sa.UniqueConstraint(
            'knock_id', 'form_hash', name=op.f('uq_disclosure_knock_id_form_hash')
        ),
    )
    op.create_index(op.f('ix_disclosure_knock_id'), 'disclosure', ['knock_id'])


def downgrade():
    op.execute(
        "DELETE FROM notice WHERE kind IN"
        " ('duty_named', 'duty_ended', 'duty_changed', 'log_seal')"
    )
    op.drop_table('disclosure')
