"""one person in several municipalities and with several tasks; addresses that lead on for ever

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

SHARED = ''  # the space of the slugs of all who share a host


def upgrade() -> None:
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('coordinates', sa.Boolean(), nullable=False, server_default=sa.false())
        )
        # Read by the release before, which may still run; taken away by the one after.
        batch_op.alter_column('role', existing_type=sa.String(length=40), nullable=True)
        batch_op.drop_constraint(batch_op.f('uq_staff_email_hash'), type_='unique')
        batch_op.create_unique_constraint(
            batch_op.f('uq_staff_municipality_id_email_hash'), ['municipality_id', 'email_hash']
        )
        batch_op.create_index(batch_op.f('ix_staff_email_hash'), ['email_hash'])
    op.execute("UPDATE staff SET coordinates = (role = 'coordinator')")

    with op.batch_alter_table('school', schema=None) as batch_op:
        batch_op.add_column(sa.Column('successor_id', sa.String(length=22), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f('fk_school_successor_id'), 'school', ['successor_id'], ['id']
        )
        batch_op.drop_constraint(batch_op.f('uq_school_slug'), type_='unique')
        batch_op.create_unique_constraint(
            batch_op.f('uq_school_municipality_id_slug'), ['municipality_id', 'slug']
        )
    op.create_table('school_address',
    sa.Column('space', sa.String(length=22), nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('school_id', sa.String(length=22), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_school_address_school_id')),
    sa.PrimaryKeyConstraint('space', 'slug', name=op.f('pk_school_address')),
    )
    op.create_index(op.f('ix_school_address_school_id'), 'school_address', ['school_id'])
    # Every address printed so far led to the shared host, and to the own host where there is one.
    op.execute(
        f"INSERT INTO school_address (space, slug, school_id) SELECT '{SHARED}', slug, id FROM school"
    )
    op.execute(
        'INSERT INTO school_address (space, slug, school_id) SELECT municipality_id, school.slug, '
        'school.id FROM school JOIN municipality ON municipality.id = school.municipality_id '
        'WHERE municipality.host IS NOT NULL'
    )


def downgrade() -> None:
    _tell_slugs_apart()
    op.drop_index(op.f('ix_school_address_school_id'), table_name='school_address')
    op.drop_table('school_address')
    with op.batch_alter_table('school', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_school_municipality_id_slug'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_school_slug'), ['slug'])
        batch_op.drop_constraint(batch_op.f('fk_school_successor_id'), type_='foreignkey')
        batch_op.drop_column('successor_id')

    _tell_addresses_apart()
    op.execute(
        "UPDATE staff SET role = CASE WHEN profession IS NULL THEN 'coordinator' "
        "ELSE 'professional' END"
    )
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_staff_email_hash'))
        batch_op.drop_constraint(batch_op.f('uq_staff_municipality_id_email_hash'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_staff_email_hash'), ['email_hash'])
        batch_op.alter_column('role', existing_type=sa.String(length=40), nullable=False)
        batch_op.drop_column('coordinates')


def _tell_slugs_apart() -> None:
    """Schools of two municipalities may have the same slug, which the table of before cannot hold:
    the first keeps it, another gets a number."""
    bind = op.get_bind()
    taken: set[str] = set()
    for school_id, slug in bind.execute(sa.text('SELECT id, slug FROM school ORDER BY id')).all():
        free, number = slug, 2
        while free in taken:
            free, number = f'{slug[:55]}-{number}', number + 1
        taken.add(free)
        if free != slug:
            bind.execute(
                sa.text('UPDATE school SET slug = :slug WHERE id = :id'),
                {'slug': free, 'id': school_id},
            )


def _tell_addresses_apart() -> None:
    """Somebody may work in two municipalities, which the table of before cannot hold: the first
    row that is in use keeps the address, another lets nobody in."""
    bind = op.get_bind()
    rows = bind.execute(
        sa.text('SELECT id, email_hash FROM staff ORDER BY CASE WHEN active THEN 0 ELSE 1 END, id')
    ).all()
    taken: set[str] = set()
    for staff_id, email_hash in rows:
        if email_hash in taken:
            bind.execute(
                sa.text('UPDATE staff SET active = :no, email_hash = :hash WHERE id = :id'),
                {'no': False, 'hash': f'double {staff_id}', 'id': staff_id},
            )
        taken.add(email_hash)
