"""PostgreSQL's index says which words stand in a piece more than once; those alone are counted in the text."""

from alembic import op

from storage.search import schema

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BEFORE = "search_vectors_0007"
AGAIN = (
    "(SELECT array_to_tsvector(CASE WHEN sum(length(tagged)) > {most} THEN ARRAY['{tag}'] "  # noqa: S608
    "ELSE coalesce(array_agg(tagged), '{{}}') END) FROM (SELECT '{tag}' || body.lexeme AS tagged "
    "FROM unnest({before}.body) AS body LEFT JOIN unnest({before}.title) AS title USING (lexeme) "
    "WHERE cardinality(body.positions) > 1 OR title.lexeme IS NOT NULL) AS again)"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(f"ALTER TABLE {schema.VECTOR_TABLE} RENAME TO {BEFORE}")
    op.execute(f"ALTER INDEX {schema.VECTOR_TABLE}_pkey RENAME TO {BEFORE}_pkey")
    for name in schema.COLUMNS["0007"].split(", "):
        op.execute(f"DROP INDEX ix_{schema.VECTOR_TABLE}_{name}")
    again = AGAIN.format(tag=schema.AGAIN, most=schema.AGAIN_CHARS, before=BEFORE)
    columns = ", ".join([*schema.REPEATED, f"body || {again}", "title", "extra"])
    rows = f"SELECT chunk_id, {columns} FROM {BEFORE} ORDER BY chunk_id"  # noqa: S608
    schema.create(op.get_bind(), revision, rows)
    op.execute(f"DROP TABLE {BEFORE}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    tagged = f"SELECT lexeme FROM unnest(tsvector_to_array(body)) AS lexeme WHERE starts_with(lexeme, '{schema.AGAIN}')"
    op.execute(f"UPDATE {schema.VECTOR_TABLE} SET body = ts_delete(body, ARRAY({tagged}))")  # noqa: S608
