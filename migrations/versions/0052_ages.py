"""a pupil hides who they are, or says it later; how old they are; what a municipality says of it

Revision: 0052
Follows: 0051
"""

import sqlalchemy as sa
from alembic import op


revision = '0052'
down_revision = '0051'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'age_text',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('municipality_id', sa.String(length=22), nullable=False),
        sa.Column('key', sa.String(length=40), nullable=False),
        sa.Column('says', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ['municipality_id'], ['municipality.id'], name=op.f('fk_age_text_municipality_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_age_text')),
        sa.UniqueConstraint('municipality_id', 'key', name=op.f('uq_age_text_municipality_id_key')),
    )
    op.create_index(
        op.f('ix_age_text_municipality_id'), 'age_text', ['municipality_id'], unique=False
    )
    op.add_column(
        'identity', sa.Column('hides', sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        'knock',
        sa.Column('hides_identity', sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column('knock', sa.Column('age_band', sa.String(length=40), nullable=True))
    op.execute(
        'UPDATE knock SET age_band = (SELECT age_band FROM identity'
        ' WHERE identity.id = knock.identity_id) WHERE identity_id IS NOT NULL'
    )


def downgrade():
    op.execute("DELETE FROM notice WHERE kind = 'became_known'")
    # The code before would show it.
    op.execute('UPDATE knock SET identity_id = NULL WHERE hides_identity')
    op.drop_column('knock', 'age_band')
    op.drop_column('knock', 'hides_identity')
    op.drop_column('identity', 'hides')
    op.drop_table('age_text')
