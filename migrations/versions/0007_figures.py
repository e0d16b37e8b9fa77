"""a purged knock keeps what figures need

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

# May be empty: of what was purged before they are not known.
NEW = {
    'last_day': sa.Date(),
    'in_break': sa.Boolean(),
    'wanted': sa.String(length=40),
    'answered_by': sa.String(length=40),
    'late': sa.Boolean(),
    'told': sa.Boolean(),
    'opened_wide': sa.Boolean(),
}
figure = sa.table(
    'knock_figure',
    sa.column('month', sa.Date()),
    sa.column('kept', sa.Boolean()),
    sa.column('late', sa.Boolean()),
    sa.column('hours_to_contact', sa.Float()),
)


def upgrade():
    for name, kind in NEW.items():
        op.add_column('knock_figure', sa.Column(name, kind, nullable=True))
    # A contact that did not keep the promise came after its date.
    op.execute(
        figure.update()
        .where(figure.c.kept | figure.c.hours_to_contact.is_not(None))
        .values(late=~figure.c.kept)
    )


def downgrade():
    # A week in two months is counted in the one that it began in.
    days = op.get_bind().scalars(sa.select(figure.c.month).distinct()).all()
    for day in days:
        in_month = figure.update().where(figure.c.month == day)
        op.execute(in_month.values(month=day.replace(day=1)))
    with op.batch_alter_table('knock_figure') as batch:
        for name in NEW:
            batch.drop_column(name)
