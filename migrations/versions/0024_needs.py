"""what a crisis line helps with

Revision: 0024
Follows: 0023
"""

import sqlalchemy as sa
from alembic import op


revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


# Of the national lines that came with the app; those that a municipality has are told by an import.
KNOWN = {
    'Bris': 'unwell harmed friend',
    'Självmordslinjen': 'unwell friend',
    '1177': 'body',
    'Kvinnofridslinjen': 'harmed',
    'Rätt att välja': 'harmed',
    'TRIS': 'harmed',
    'Jourhavande kompis': 'unwell friend',
    'Unga Lukas': 'unwell',
    'BOUJT': 'unwell',
    'UMO': 'body',
    'Youmo': 'body',
}


def upgrade():
    op.add_column(
        'crisis_line', sa.Column('needs', sa.String(length=80), nullable=False, server_default='')
    )
    line = sa.table(
        'crisis_line', sa.column('name'), sa.column('municipality_id'), sa.column('needs')
    )
    for name, needs in KNOWN.items():
        op.execute(
            line.update()
            .where(line.c.name == name, line.c.municipality_id.is_(None))
            .values(needs=needs)
        )


def downgrade():
    op.execute('ALTER TABLE crisis_line DROP COLUMN needs')
