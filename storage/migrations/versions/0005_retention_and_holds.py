"""When retention removed captures and WARC files, and the holds that keep them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "captures",
        sa.Column(
            "removed_utc",
            UTC,
            nullable=True,
            comment="when retention removed the record; file, offset and length then say where it lay",
        ),
    )
    op.add_column(
        "warc_files",
        sa.Column(
            "removed_utc",
            UTC,
            nullable=True,
            comment="when cleanup gave the file up; empty while it is part of the corpus",
        ),
    )
    revisits = sa.text("revisit_of IS NOT NULL")
    op.create_index(
        "ix_captures_revisit_of", "captures", ["revisit_of"], sqlite_where=revisits, postgresql_where=revisits
    )
    op.create_table(
        "holds",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False, comment="portal, article, url"),
        sa.Column(
            "target",
            sa.Text(),
            nullable=False,
            comment="the portal's id, the article's id, or the beginning of addresses",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="hold, embargo"),
        sa.Column("until_utc", UTC, nullable=True, comment="when it ends by itself; empty: when it is released"),
        sa.Column("note", sa.Text(), nullable=False, comment="why"),
        sa.Column("created_utc", UTC, nullable=False, comment="when it was placed"),
        sa.Column("released_utc", UTC, nullable=True, comment="when it was released; empty while it is not"),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
        comment="What cleanup must not take away, until when, and why. A released hold stays on record.",
    )


def downgrade() -> None:
    op.drop_table("holds")
    op.drop_index("ix_captures_revisit_of", "captures")
    op.drop_column("warc_files", "removed_utc")
    op.drop_column("captures", "removed_utc")
