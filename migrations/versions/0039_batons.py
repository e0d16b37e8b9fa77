"""the baton: covers that are asked, answered and ended, and what goes along

Revision: 0039
Follows: 0038
"""

import sqlalchemy as sa
from alembic import op


revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None

COLUMNS = {
    'baton_id': sa.String(length=22),
    'ended_at': sa.DateTime(timezone=True),
    'ended_as': sa.String(length=40),
}
KINDS = "('cover_asked', 'cover_answered', 'cover_begins', 'cover_back', 'cover_ended', 'cover_lost')"


def upgrade():
    for name, kind in COLUMNS.items():
        op.add_column('cover', sa.Column(name, kind, nullable=True))
    op.create_index('ix_cover_baton_id', 'cover', ['baton_id'])
    op.create_table('carried',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('knock_id', sa.String(length=22), nullable=False),
    sa.Column('giver_id', sa.String(length=22), nullable=False),
    sa.Column('school_id', sa.String(length=22), nullable=False),
    sa.Column('to_id', sa.String(length=22), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('went_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('back_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['giver_id'], ['staff.id'], name=op.f('fk_carried_giver_id')),
    sa.ForeignKeyConstraint(['knock_id'], ['knock.id'], name=op.f('fk_carried_knock_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_carried_school_id')),
    sa.ForeignKeyConstraint(['to_id'], ['staff.id'], name=op.f('fk_carried_to_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_carried')),
    )
    op.create_index('ix_carried_knock_id', 'carried', ['knock_id'])
    op.create_index(
        'ix_carried_open', 'carried', ['giver_id', 'knock_id'], unique=True,
        postgresql_where=sa.text('back_at IS NULL'), sqlite_where=sa.text('back_at IS NULL'),
    )


def downgrade():
    # What the words of before cannot say. Covers that have been ended hold nothing.
    op.execute(f'DELETE FROM notice WHERE kind IN {KINDS}')
    op.execute("DELETE FROM passing WHERE how IN ('covered', 'came_back')")
    op.execute('DELETE FROM cover WHERE ended_at IS NOT NULL')
    op.drop_table('carried')
    op.drop_index('ix_cover_baton_id', table_name='cover')
    for name in COLUMNS:
        op.execute(f'ALTER TABLE cover DROP COLUMN {name}')
