"""who must agree before something is shared, that they have, and what has been shared

Revision: 0059
Follows: 0058
"""

import sqlalchemy as sa
from alembic import op


revision = '0059'
down_revision = '0058'
branch_labels = None
depends_on = None


def _when(name, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _word(name, length=40, nullable=False):
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _text(name, nullable=False):
    return sa.Column(name, sa.Text(), nullable=nullable)


def _points_at(table, column, parent, ondelete=None):
    return sa.ForeignKeyConstraint(
        [column], [f'{parent}.id'], name=op.f(f'fk_{table}_{column}'), ondelete=ondelete
    )


def _of_a_municipality(table):
    op.create_index(op.f(f'ix_{table}_municipality_id'), table, ['municipality_id'], unique=False)


def upgrade():
    op.create_table(
        'consent_text',
        _word('id', 22), _word('municipality_id', 22), _word('reader'),
        sa.Column('number', sa.Integer(), nullable=False),
        _text('body'), _word('mark', 64), _when('since', nullable=False),
        _points_at('consent_text', 'municipality_id', 'municipality'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_text')),
        sa.UniqueConstraint(
            'municipality_id', 'reader', 'number',
            name=op.f('uq_consent_text_municipality_id_reader_number'),
        ),
    )
    op.create_table(
        'consent_law_text',
        _word('id', 22), _word('municipality_id', 22), _word('key'), _text('says'),
        _points_at('consent_law_text', 'municipality_id', 'municipality'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_law_text')),
        sa.UniqueConstraint(
            'municipality_id', 'key', name=op.f('uq_consent_law_text_municipality_id_key')
        ),
    )
    op.create_table(
        'consent_basis',
        _word('id', 22), _word('municipality_id', 22), _word('about_kind'), _word('about_id', 22),
        _word('what'), sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('age', sa.Integer(), nullable=False),
        _word('offered'), _word('sender'), _word('receiver'), _word('maturity'),
        _word('one_guardian', nullable=True), _text('one_note', nullable=True),
        sa.Column('protected', sa.Boolean(), nullable=False),
        _text('laws'), _text('whom'), _text('asks'), _text('offer'), _text('scope'), _text('to_whom'),
        _when('begins_at', nullable=False), _when('ends_at', nullable=False),
        _when('made_at', nullable=False), _word('made_by_id', 22, nullable=True),
        _when('replaced_at'),
        _word('without_law', nullable=True), _text('without_why', nullable=True),
        _word('without_by_id', 22, nullable=True), _when('without_at'),
        _points_at('consent_basis', 'municipality_id', 'municipality'),
        _points_at('consent_basis', 'made_by_id', 'staff'),
        _points_at('consent_basis', 'without_by_id', 'staff'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_basis')),
        sa.UniqueConstraint(
            'about_kind', 'about_id', 'what', 'number',
            name=op.f('uq_consent_basis_about_kind_about_id_what_number'),
        ),
    )
    op.create_index('ix_consent_basis_about_id', 'consent_basis', ['about_id'], unique=False)
    op.create_table(
        'consent',
        _word('id', 22), _word('municipality_id', 22), _word('basis_id', 22),
        _word('about_kind'), _word('about_id', 22), _word('role'),
        sa.Column('number', sa.Integer(), nullable=False),
        _text('name', nullable=True),
        sa.Column('lifts', sa.Boolean(), nullable=False),
        sa.Column('receives', sa.Boolean(), nullable=False),
        _word('state'), _word('text_id', 22, nullable=True),
        _when('asked_at'), _word('asked_by_id', 22, nullable=True),
        _when('answered_at'), _word('given', nullable=True),
        _word('noted_by_id', 22, nullable=True),
        _when('confirmed_at'), _word('confirmed_by_id', 22, nullable=True),
        _when('taken_back_at'), _when('call_me_at'),
        _word('link_hash', 64, nullable=True), _word('code_hash', 64, nullable=True),
        _when('link_until'),
        sa.Column('wrong_codes', sa.Integer(), server_default='0', nullable=False),
        _when('replaced_at'),
        _points_at('consent', 'municipality_id', 'municipality'),
        _points_at('consent', 'basis_id', 'consent_basis', 'CASCADE'),
        _points_at('consent', 'text_id', 'consent_text'),
        _points_at('consent', 'asked_by_id', 'staff'),
        _points_at('consent', 'noted_by_id', 'staff'),
        _points_at('consent', 'confirmed_by_id', 'staff'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_consent')),
        sa.UniqueConstraint('link_hash', name=op.f('uq_consent_link_hash')),
        sa.UniqueConstraint(
            'basis_id', 'role', 'number', name=op.f('uq_consent_basis_id_role_number')
        ),
    )
    op.create_index('ix_consent_about_id', 'consent', ['about_id'], unique=False)
    op.create_table(
        'consent_shared',
        _word('id', 22), _word('municipality_id', 22), _word('basis_id', 22),
        _word('cause_hash', 64), _text('what'), _text('to_whom'), _when('at', nullable=False),
        _word('staff_id', 22, nullable=True), _word('without_law', nullable=True),
        _points_at('consent_shared', 'municipality_id', 'municipality'),
        _points_at('consent_shared', 'basis_id', 'consent_basis', 'CASCADE'),
        _points_at('consent_shared', 'staff_id', 'staff'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_shared')),
        sa.UniqueConstraint(
            'basis_id', 'cause_hash', name=op.f('uq_consent_shared_basis_id_cause_hash')
        ),
    )
    for table in (
        'consent_text', 'consent_law_text', 'consent_basis', 'consent', 'consent_shared'
    ):
        _of_a_municipality(table)


def downgrade():
    for table in (
        'consent_shared', 'consent', 'consent_basis', 'consent_law_text', 'consent_text'
    ):
        op.drop_table(table)
