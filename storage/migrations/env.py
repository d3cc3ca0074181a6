"""What Alembic runs: the migrations, on the connection it was given (see storage.migrate)."""

from alembic import context
from sqlalchemy import Connection

from storage.migrate import is_compared
from storage.tables import Base

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_object=is_compared,
    render_as_batch=True,  # SQLite cannot alter a table in place
    transactional_ddl=True,  # true of both, once BEGIN is ours
)
with context.begin_transaction():
    context.run_migrations()
