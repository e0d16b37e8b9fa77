"""what is waited for is a row of its own

Revision: 0011
Follows: 0010
"""

import secrets

import sqlalchemy as sa
from alembic import op


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

# As the models had them when this was written: text in, text out, on both databases.
knock = sa.table(
    'knock',
    sa.column('id', sa.String), sa.column('municipality_id', sa.String),
    sa.column('taken_by_id', sa.String), sa.column('knocked_at', sa.DateTime(timezone=True)),
    sa.column('due_at', sa.DateTime(timezone=True)), sa.column('deadline_at', sa.DateTime(timezone=True)),
    sa.column('state', sa.String), sa.column('kept_at', sa.DateTime(timezone=True)), sa.column('reached_at', sa.DateTime(timezone=True)),
    sa.column('next_rung_at', sa.DateTime(timezone=True)), sa.column('rung_hours', sa.Integer),
    sa.column('retry_due', sa.Boolean), sa.column('awaits', sa.String),
)
wait = sa.table(
    'wait',
    sa.column('id', sa.String), sa.column('municipality_id', sa.String),
    sa.column('about_kind', sa.String), sa.column('about_id', sa.String),
    sa.column('awaited', sa.String), sa.column('staff_id', sa.String),
    sa.column('began_at', sa.DateTime(timezone=True)), sa.column('due_at', sa.DateTime(timezone=True)),
    sa.column('rung_hours', sa.Integer), sa.column('next_rung_at', sa.DateTime(timezone=True)),
    sa.column('ended_at', sa.DateTime(timezone=True)),
)
BATCH = 1000


def upgrade():
    op.create_table('wait',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('municipality_id', sa.String(length=22), nullable=False),
    sa.Column('about_kind', sa.String(length=40), nullable=False),
    sa.Column('about_id', sa.String(length=22), nullable=False),
    sa.Column('awaited', sa.String(length=40), nullable=False),
    sa.Column('staff_id', sa.String(length=22), nullable=True),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rung_hours', sa.Integer(), nullable=False),
    sa.Column('next_rung_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['municipality_id'], ['municipality.id'], name=op.f('fk_wait_municipality_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_wait_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wait')),
    )
    op.create_index('ix_wait_about', 'wait', ['about_id', 'about_kind'], unique=False)
    op.create_index('ix_wait_sweep', 'wait', ['next_rung_at'], unique=False,
                    postgresql_where=sa.text('next_rung_at IS NOT NULL'),
                    sqlite_where=sa.text('next_rung_at IS NOT NULL'))
    op.add_column('knock', sa.Column('awaits', sa.String(length=40), nullable=True))
    _fill()
    op.drop_index('ix_knock_sweep', table_name='knock')
    for column in ('next_rung_at', 'rung_hours', 'retry_due'):
        op.drop_column('knock', column)


def _fill():
    """A wait for each open knock that waits: for a new attempt, or for a first contact. One that
    the top rung has been climbed for still waits, with nothing more due."""
    connection = op.get_bind()
    waits_for = sa.case(
        (knock.c.retry_due, 'new_attempt'),
        (sa.or_(
            knock.c.next_rung_at.is_not(None),
            sa.and_(knock.c.kept_at.is_(None), knock.c.reached_at.is_(None)),
        ), 'first_contact'),
    )
    is_open = knock.c.state.in_(('waiting', 'taken'))
    connection.execute(sa.update(knock).where(is_open).values(awaits=waits_for))
    rows = connection.execute(
        sa.select(knock).where(is_open, knock.c.awaits.is_not(None))
    ).mappings().all()
    for start in range(0, len(rows), BATCH):
        connection.execute(sa.insert(wait), [
            {
                'id': secrets.token_urlsafe(16), 'municipality_id': row['municipality_id'],
                'about_kind': 'knock', 'about_id': row['id'], 'awaited': row['awaits'],
                'staff_id': row['taken_by_id'], 'began_at': row['knocked_at'],
                'due_at': row['deadline_at'], 'rung_hours': row['rung_hours'],
                'next_rung_at': row['next_rung_at'], 'ended_at': None,
            }
            for row in rows[start:start + BATCH]
        ])


def downgrade():
    op.add_column('knock', sa.Column('next_rung_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('knock', sa.Column('rung_hours', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('knock', sa.Column('retry_due', sa.Boolean(), nullable=False, server_default=sa.false()))
    connection = op.get_bind()
    mine = sa.and_(wait.c.about_kind == 'knock', wait.c.about_id == knock.c.id, wait.c.ended_at.is_(None))
    connection.execute(sa.update(knock).values(
        next_rung_at=sa.select(sa.func.min(wait.c.next_rung_at)).where(mine).scalar_subquery(),
        rung_hours=sa.func.coalesce(
            sa.select(sa.func.max(wait.c.rung_hours)).where(mine).scalar_subquery(), 0
        ),
        retry_due=sa.exists().where(mine, wait.c.awaited == 'new_attempt'),
    ))
    op.create_index('ix_knock_sweep', 'knock', ['next_rung_at'], unique=False,
                    postgresql_where=sa.text('next_rung_at IS NOT NULL'),
                    sqlite_where=sa.text('next_rung_at IS NOT NULL'))
    op.drop_column('knock', 'awaits')
    op.drop_table('wait')
