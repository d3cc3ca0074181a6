"""How often something in the quarantine was tried, and a row there for each page that could not be read."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
COMMENTS = ("the error, as the last try had it", "the error")
# Until now only what could not be stored had a row; pages that broke a limit of reading had their reason alone.
SET_ASIDE = """
    INSERT INTO quarantine (page_id, capture_id, url, stage, reason, detail, created_utc)
    SELECT pages.id, newest.capture_id, pages.url, 'extract', pages.reason, pages.detail, newest.fetched_utc
    FROM pages
    JOIN (
        SELECT page_id, max(id) AS capture_id, max(fetched_utc) AS fetched_utc FROM captures GROUP BY page_id
    ) AS newest ON newest.page_id = pages.id
    WHERE pages.state = 'refused' AND pages.reason IN ('resource-limit', 'quarantined')
      AND NOT EXISTS (SELECT 1 FROM quarantine WHERE quarantine.page_id = pages.id AND quarantine.released_utc IS NULL)
"""


def comment_on_detail(said: str) -> None:
    """SQLite keeps no comments."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("quarantine", "detail", existing_type=sa.Text(), existing_nullable=False, comment=said)


def upgrade() -> None:
    op.add_column(
        "quarantine",
        sa.Column("tries", sa.Integer(), nullable=False, server_default="1", comment="how often it was tried in vain"),
    )
    op.add_column("quarantine", sa.Column("tried_utc", UTC, nullable=True, comment="the last try after the first"))
    comment_on_detail(COMMENTS[0])
    op.execute(SET_ASIDE)


def downgrade() -> None:
    comment_on_detail(COMMENTS[1])
    op.drop_column("quarantine", "tried_utc")
    op.drop_column("quarantine", "tries")
