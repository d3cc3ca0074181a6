"""What an answer asks of its pieces stands where PostgreSQL finds them; texts are read in one go."""

import sqlalchemy as sa
from alembic import op

from storage.search import schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE = "search_vectors_0006"


def upgrade() -> None:
    has_pieces = sa.text("NOT is_whole")
    op.create_index(
        "ix_chunks_in_pieces", "chunks", ["article_id"], sqlite_where=has_pieces, postgresql_where=has_pieces
    )
    if op.get_bind().dialect.name == "sqlite":
        return
    # A text of up to 8 KB stays beside its headline, and as it is: to fetch and unpack hundreds takes too long.
    op.execute("ALTER TABLE revisions SET (toast_tuple_target = 8160)")
    op.execute(f"ALTER TABLE {schema.VECTOR_TABLE} RENAME TO {BEFORE}")
    op.execute(f"ALTER INDEX {schema.VECTOR_TABLE}_pkey RENAME TO {BEFORE}_pkey")
    for name in schema.COLUMNS["0006"].split(", "):
        op.execute(f"DROP INDEX ix_{schema.VECTOR_TABLE}_{name}")
    columns = ", ".join([*(f"chunks.{name}" for name in schema.REPEATED), schema.COLUMNS[revision]])
    rows = f"SELECT chunks.id, {columns} FROM {BEFORE} JOIN chunks ON chunks.id = {BEFORE}.chunk_id"  # noqa: S608
    schema.create(op.get_bind(), revision, rows)
    op.execute(f"DROP TABLE {BEFORE}")


def downgrade() -> None:
    op.drop_index("ix_chunks_in_pieces", "chunks")
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("ALTER TABLE revisions RESET (toast_tuple_target)")
    for name in schema.REPEATED:
        op.drop_column(schema.VECTOR_TABLE, name)
