"""who is where and when: places by weekday, absence, cover

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('place',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=False),
    sa.Column('school_id', sa.String(length=22), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.Integer(), nullable=False),
    sa.Column('ends_at', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_place_hours')),
    sa.CheckConstraint('weekday BETWEEN 0 AND 6', name=op.f('ck_place_weekday')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_place_school_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_place_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place')),
    )
    op.create_index(op.f('ix_place_school_id'), 'place', ['school_id'], unique=False)
    op.create_index(op.f('ix_place_staff_id'), 'place', ['staff_id'], unique=False)
    op.create_table('absence',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_absence_days')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_absence_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absence')),
    )
    op.create_index(op.f('ix_absence_staff_id'), 'absence', ['staff_id'], unique=False)
    op.create_table('cover',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('absent_id', sa.String(length=22), nullable=False),
    sa.Column('cover_id', sa.String(length=22), nullable=False),
    sa.Column('school_id', sa.String(length=22), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('absent_id <> cover_id', name=op.f('ck_cover_another')),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_cover_days')),
    sa.ForeignKeyConstraint(['absent_id'], ['staff.id'], name=op.f('fk_cover_absent_id')),
    sa.ForeignKeyConstraint(['cover_id'], ['staff.id'], name=op.f('fk_cover_cover_id')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_cover_school_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cover')),
    )
    op.create_index(op.f('ix_cover_absent_id'), 'cover', ['absent_id'], unique=False)
    op.create_index(op.f('ix_cover_cover_id'), 'cover', ['cover_id'], unique=False)


def downgrade():
    op.drop_table('cover')
    op.drop_table('absence')
    op.drop_table('place')
