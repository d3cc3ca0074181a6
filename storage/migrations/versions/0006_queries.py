"""What facets count by, beside the article; and searches that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UTC = sa.DateTime(timezone=True)
CURRENT = "(SELECT revisions.{} FROM revisions WHERE revisions.id = articles.revision_id)"
ABOUT = ("section", "source_name", "byline")


def upgrade() -> None:
    for name in ABOUT:
        kind = sa.JSON() if name == "byline" else sa.Text()
        op.add_column("articles", sa.Column(name, kind, nullable=True, comment="of the current revision"))
    op.execute(f"UPDATE articles SET {', '.join(f'{name} = {CURRENT.format(name)}' for name in ABOUT)}")  # noqa: S608
    op.create_table(
        "saved_searches",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="what it is called"),
        sa.Column("query", sa.Text(), nullable=False, comment="as typed"),
        sa.Column("filters", sa.JSON(), nullable=False, comment="filters beside the query"),
        sa.Column("created_utc", UTC, nullable=False, comment="when it was saved"),
        sa.Column("run_utc", UTC, nullable=True, comment="when it was last run; empty before the first time"),
        sa.Column("seen", sa.JSON(), nullable=False, comment="which texts it has shown already"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_searches"),
        sa.UniqueConstraint("name", name="uq_saved_searches_name"),
        comment="Searches that are kept, and what each has shown, so that the next run shows what is new.",
    )


def downgrade() -> None:
    op.drop_table("saved_searches")
    for name in ABOUT:
        op.drop_column("articles", name)
