"""The lead image's caption, and the further pages an article's text was joined from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    caption = sa.Column(
        "lead_image_caption", sa.Text(), nullable=True, comment="what the page says under the lead image"
    )
    parts = sa.Column(
        "parts",
        sa.JSON(),
        nullable=False,
        server_default="[]",
        comment="addresses of further pages whose text is joined to the first's",
    )
    op.add_column("revisions", caption)
    op.add_column("revisions", parts)


def downgrade() -> None:
    op.drop_column("revisions", "parts")
    op.drop_column("revisions", "lead_image_caption")
