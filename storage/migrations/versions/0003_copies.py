"""Fingerprints, stories, curators' decisions, backgrounds, and every id that an article was imported under."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UTC = sa.DateTime(timezone=True)
# What columns of "copies" say: now, and before.
COMMENTS = {
    "article_id": ("the copy, as far as can be told", "the one that came later"),
    "other_id": ("the one it is a copy of", "the one that was there before"),
    "kind": ("identical, near, excerpt, spun, script, passage, compilation", "identical; near copies are named by the matcher"),
}


def comment_on_copies(which: int) -> None:
    """SQLite keeps no comments."""
    if op.get_bind().dialect.name == "postgresql":
        for column, said in COMMENTS.items():
            kind = sa.Text() if column == "kind" else ID
            op.alter_column("copies", column, existing_type=kind, existing_nullable=False, comment=said[which])


def upgrade() -> None:
    op.create_table(
        "fingerprints",
        sa.Column("revision_id", ID, autoincrement=False, nullable=False, comment="of which revision"),
        sa.Column("article_id", ID, nullable=False, comment="of which article"),
        sa.Column("units", sa.LargeBinary(), nullable=False, comment="the text as hashed units; see pipelines.units"),
        sa.Column("unit_count", sa.Integer(), nullable=False, comment="words; characters of scripts without spaces"),
        sa.Column(
            "background", sa.Text(), nullable=True, comment="version of the background its hashes were chosen with"
        ),
        sa.Column(
            "fluency", sa.Double(), nullable=True, comment="how usual its runs of words are; a spun text has less"
        ),
        sa.Column("matched_utc", UTC, nullable=True, comment="when it was compared; empty while it waits"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_fingerprints_article_id_articles"),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name="fk_fingerprints_revision_id_revisions"),
        sa.PrimaryKeyConstraint("revision_id", name="pk_fingerprints"),
        comment="What copies are compared by: one row a revision, and the queue of those not yet compared.",
    )
    op.create_index("ix_fingerprints_article_id", "fingerprints", ["article_id"])
    waiting = sa.text("matched_utc IS NULL")
    op.create_index(
        "ix_fingerprints_waiting", "fingerprints", ["revision_id"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_table(
        "fingerprint_hashes",
        sa.Column(
            "hash",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="63 bits of a run of 5 characters or 3 words",
        ),
        sa.Column("revision_id", ID, autoincrement=False, nullable=False, comment="who has it"),
        sa.Column(
            "is_short",
            sa.Boolean(),
            nullable=False,
            comment="its text is so short that one hash in common says something",
        ),
        sa.PrimaryKeyConstraint("hash", "revision_id", name="pk_fingerprint_hashes"),
        comment="The index that copies are found with: the smallest hashes of each revision's shingles.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recent_hashes",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False, comment="as there"),
        sa.Column("revision_id", ID, autoincrement=False, nullable=False, comment="as there"),
        sa.Column("is_short", sa.Boolean(), nullable=False, comment="as there"),
        sa.PrimaryKeyConstraint("hash", "revision_id", name="pk_recent_hashes"),
        comment="Hashes of the newest texts, moved to fingerprint_hashes many at a time, which writes fewer pages.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "backgrounds",
        sa.Column("version", sa.Text(), nullable=False, comment="its name"),
        sa.Column("created_utc", UTC, nullable=False, comment="when it was made"),
        sa.Column(
            "migrated_utc",
            UTC,
            nullable=True,
            comment="when every text had hashes by it; until then the one before is used too",
        ),
        sa.Column("texts", sa.JSON(), nullable=False, comment="by language, how many texts were counted"),
        sa.Column("counts", sa.LargeBinary(), nullable=False, comment="the counts, packed; see pipelines.background"),
        sa.PrimaryKeyConstraint("version", name="pk_backgrounds"),
        comment="Backgrounds made from this corpus; the newest is the one in use.",
    )
    op.create_table(
        "story_members",
        sa.Column("article_id", ID, autoincrement=False, nullable=False, comment="the member"),
        sa.Column("story_id", ID, nullable=False, comment="the smallest article id among its members"),
        sa.Column("is_source", sa.Boolean(), nullable=False, comment="likely the first to print it; one a story"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_story_members_article_id_articles"),
        sa.PrimaryKeyConstraint("article_id", name="pk_story_members"),
        comment="Which articles tell one story. An article without a row is a story of its own.",
    )
    op.create_index("ix_story_members_story_id", "story_members", ["story_id"])
    op.create_table(
        "story_decisions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("article_id", ID, nullable=False, comment="the one with the smaller id"),
        sa.Column("other_id", ID, nullable=False, comment="the other one"),
        sa.Column("same", sa.Boolean(), nullable=False, comment="whether they are one story"),
        sa.Column("note", sa.Text(), nullable=False, comment="why"),
        sa.Column("decided_utc", UTC, nullable=False, comment="when"),
        sa.ForeignKeyConstraint(["other_id"], ["articles.id"], name="fk_story_decisions_other_id_articles"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_story_decisions_article_id_articles"),
        sa.PrimaryKeyConstraint("id", name="pk_story_decisions"),
        sa.UniqueConstraint("article_id", "other_id", name="uq_story_decisions_article_id_other_id"),
        comment="What a curator said of two articles; it stands above what the texts say.",
    )
    op.create_index("ix_story_decisions_other_id", "story_decisions", ["other_id"])
    op.create_table(
        "source_ids",
        sa.Column("source_id", sa.Text(), nullable=False, comment="the id it had where it came from"),
        sa.Column("article_id", ID, autoincrement=False, nullable=False, comment="which article"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_source_ids_article_id_articles"),
        sa.PrimaryKeyConstraint("source_id", "article_id", name="pk_source_ids"),
        comment="Every id under which an article was imported, also those of its later texts.",
    )
    op.create_index("ix_source_ids_article_id", "source_ids", ["article_id"])
    op.execute(
        "INSERT INTO source_ids (source_id, article_id) SELECT source_id, id FROM articles WHERE source_id IS NOT NULL"
    )
    comment_on_copies(0)
    same: sa.Column[float] = sa.Column(
        "same",
        sa.Double(),
        nullable=False,
        server_default="1",
        comment="share of the shorter text's words that stand in the other, in the same surroundings",
    )
    op.add_column("copies", same)
    decided_by: sa.Column[str] = sa.Column(
        "decided_by",
        sa.Text(),
        nullable=False,
        server_default="seen",
        comment="what tells the copy from the source: fluency, credit, time, length, seen",
    )
    op.add_column("copies", decided_by)


def downgrade() -> None:
    op.drop_column("copies", "decided_by")
    op.drop_column("copies", "same")
    comment_on_copies(1)
    op.drop_table("source_ids")
    op.drop_table("story_decisions")
    op.drop_table("story_members")
    op.drop_table("backgrounds")
    op.drop_table("recent_hashes")
    op.drop_table("fingerprint_hashes")
    op.drop_table("fingerprints")
