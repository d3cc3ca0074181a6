"""What facets count by, beside the article; a search index that knows more; and searches that are kept."""

import sqlalchemy as sa
from alembic import op

from storage.search import schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UTC = sa.DateTime(timezone=True)
CURRENT = "(SELECT revisions.{} FROM revisions WHERE revisions.id = articles.revision_id)"
ABOUT = ("section", "source_name", "byline")
RANKED = (  # of chunks: name, type, value until it is set, comment
    (
        "dated_s",
        sa.BigInteger(),
        "0",
        "publication of the article in seconds since 1970, or else its first capture: newest first goes by it",
    ),
    ("chars", sa.Integer(), "0", "characters of the article's title and text"),
    ("is_whole", sa.Boolean(), "false", "whether the article is this piece alone"),
    (
        "is_plain",
        sa.Boolean(),
        "false",
        "whether words stand in title and text as they are compared, but for upper case",
    ),
)


def upgrade() -> None:
    for name in ABOUT:
        kind = sa.JSON() if name == "byline" else sa.Text()
        op.add_column("articles", sa.Column(name, kind, nullable=True, comment="of the current revision"))
    op.execute(f"UPDATE articles SET {', '.join(f'{name} = {CURRENT.format(name)}' for name in ABOUT)}")  # noqa: S608
    _renew_index()
    op.create_table(
        "saved_searches",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="what it is called"),
        sa.Column("query", sa.Text(), nullable=False, comment="as typed"),
        sa.Column("filters", sa.JSON(), nullable=False, comment="filters beside the query"),
        sa.Column("created_utc", UTC, nullable=False, comment="when it was saved"),
        sa.Column("run_utc", UTC, nullable=True, comment="when it was last run; empty before the first time"),
        sa.Column(
            "seen",
            sa.LargeBinary(),
            nullable=False,
            comment="which texts it has shown already: a bit for each id of revisions, packed",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_searches"),
        sa.UniqueConstraint("name", name="uq_saved_searches_name"),
        comment="Searches that are kept, and what each has shown, so that the next run shows what is new.",
    )
    _add_archives()


def _add_archives() -> None:
    known_by = "sha256:<hex> of its size and both its ends, by which it is known when it comes again"
    so_far = "everything before this byte is in the corpus, or was left out for a reason"
    inside = "and so many bytes of the gzip member that begins there, unpacked"
    op.create_table(
        "archives",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment=known_by),
        sa.Column("name", sa.Text(), nullable=False, comment="file name; for a file in a package, package!file"),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False, comment="its size"),
        sa.Column("next_offset", sa.BigInteger(), nullable=False, comment=so_far),
        sa.Column("next_within", sa.BigInteger(), nullable=False, comment=inside),
        sa.Column("records", sa.Integer(), nullable=False, comment="records read so far"),
        sa.Column("first_utc", UTC, nullable=False, comment="when reading began"),
        sa.Column("finished_utc", UTC, nullable=True, comment="when it had been read to its end"),
        sa.PrimaryKeyConstraint("id", name="pk_archives"),
        sa.UniqueConstraint("digest", name="uq_archives_digest"),
        comment="Files of others that captures were imported from, and how far each has been read.",
    )


def _renew_index() -> None:
    """New index tables, and for every article one piece that waits to be indexed."""
    schema.drop(op.get_bind())
    op.execute("DELETE FROM chunks")
    for name, kind, value, comment in RANKED:
        column = sa.Column(name, kind, nullable=False, server_default=sa.text(value), comment=comment)
        op.add_column("chunks", column)
    op.create_index("ix_chunks_analyser_version", "chunks", ["analyser_version"])
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        said = "version of the analyser that made its tokens; 0 when it has none yet and waits"
        op.alter_column("chunks", "analyser_version", comment=said)
    op.execute(
        "INSERT INTO chunks (article_id, revision_id, position, analyser_version) "
        "SELECT id, revision_id, 0, 0 FROM articles WHERE revision_id IS NOT NULL ORDER BY id"
    )
    schema.create(op.get_bind(), revision)


def downgrade() -> None:
    op.drop_table("archives")
    op.drop_table("saved_searches")
    schema.drop(op.get_bind())
    op.execute("DELETE FROM chunks")
    op.drop_index("ix_chunks_analyser_version", "chunks")
    for name, *_ in RANKED:
        op.drop_column("chunks", name)
    schema.create(op.get_bind(), "0001")
    for name in ABOUT:
        op.drop_column("articles", name)
