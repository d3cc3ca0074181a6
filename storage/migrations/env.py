"""What Alembic runs: the migrations, on the connection it was given (see storage.migrate)."""

from alembic import context
from sqlalchemy import Connection

from storage.search import schema
from storage.tables import Base

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_name=lambda name, kind, _parents: not (kind == "table" and name in schema.TABLES),  # made by SQL of its own
    render_as_batch=True,  # SQLite cannot alter a table in place
    transactional_ddl=True,  # true of both, once BEGIN is ours
)
with context.begin_transaction():
    context.run_migrations()
