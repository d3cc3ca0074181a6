"""The tables of the first release, and the search index that belongs to `chunks`."""

import sqlalchemy as sa
from alembic import op

from storage.search import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False, comment="scheme://host:port"),
        sa.Column("robots_body", sa.LargeBinary(), nullable=True, comment="robots.txt as served, cut at 512 KiB"),
        sa.Column(
            "robots_status", sa.Integer(), nullable=True, comment="HTTP status of robots.txt; 0 when unreachable"
        ),
        sa.Column("robots_fetched_utc", UTC, nullable=True, comment="when; never used when older than 24 h"),
        sa.Column("retry_after_utc", UTC, nullable=True, comment="no request before this time (429, 503)"),
        sa.PrimaryKeyConstraint("host", name="pk_hosts"),
        comment="What a host has told us about how to treat it: robots.txt and Retry-After.",
    )
    op.create_table(
        "portals",
        sa.Column("id", sa.Text(), nullable=False, comment="the id in the portal file"),
        sa.Column("name", sa.Text(), nullable=False, comment="name for people"),
        sa.Column("home", sa.Text(), nullable=True, comment="front page"),
        sa.Column("definition", sa.JSON(), nullable=False, comment="the portal file as last read"),
        sa.Column("first_seen_utc", UTC, nullable=False, comment="when the corpus first met this portal"),
        sa.PrimaryKeyConstraint("id", name="pk_portals"),
        comment="Portals this corpus has crawled or imported from, as their files last said.",
    )
    op.create_table(
        "warc_files",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="name below the WARC folder, without .open"),
        sa.Column("opened_utc", UTC, nullable=False, comment="first write"),
        sa.Column("closed_utc", UTC, nullable=True, comment="when it was finished; empty while written"),
        sa.Column(
            "committed_bytes",
            sa.BigInteger(),
            nullable=False,
            comment="every record that ends at or before this offset is in captures; recovery walks from here",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_warc_files"),
        sa.UniqueConstraint("name", name="uq_warc_files_name"),
        comment="WARC files of this corpus, below <home>/warc.",
    )
    op.create_table(
        "articles",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("portal_id", sa.Text(), nullable=False, comment="where it was published"),
        sa.Column("url", sa.Text(), nullable=False, comment="canonical URL"),
        sa.Column("source_id", sa.Text(), nullable=True, comment="id it had where it was imported from"),
        sa.Column("revision_id", ID, nullable=True, comment="the current revision"),
        sa.Column("revision_count", sa.Integer(), nullable=False, comment="distinct texts seen"),
        sa.Column("first_seen_utc", UTC, nullable=False, comment="first capture"),
        sa.Column("last_seen_utc", UTC, nullable=False, comment="last capture, changed or not"),
        sa.Column("published_utc", UTC, nullable=True, comment="of the current revision"),
        sa.Column("language", sa.Text(), nullable=True, comment="of the current revision"),
        sa.Column(
            "gone_utc", UTC, nullable=True, comment="when the site first said 404 or 410; empty while it is there"
        ),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name="fk_articles_portal_id_portals"),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint("url", name="uq_articles_url"),
        comment="One row an article, whatever its number of addresses and texts.",
    )
    op.create_index("ix_articles_first_seen_utc", "articles", ["first_seen_utc"])
    op.create_index("ix_articles_language", "articles", ["language"])
    op.create_index("ix_articles_portal_id", "articles", ["portal_id"])
    op.create_index("ix_articles_published_utc", "articles", ["published_utc"])
    op.create_index("ix_articles_source_id", "articles", ["source_id"])

    op.create_table(
        "runs",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("portal_id", sa.Text(), nullable=False, comment="which portal"),
        sa.Column("started_utc", UTC, nullable=False, comment="start"),
        sa.Column("finished_utc", UTC, nullable=True, comment="end; empty while running or after a crash"),
        sa.Column("state", sa.Text(), nullable=False, comment="running, done, interrupted, failed"),
        sa.Column("exit_code", sa.Integer(), nullable=True, comment="what the command returned"),
        sa.Column("owner", sa.Text(), nullable=False, comment="host:process that holds the leases"),
        sa.Column("version", sa.Text(), nullable=False, comment="copydesk version"),
        sa.Column("stats", sa.JSON(), nullable=False, comment="counts: fetched, stored, rejected by reason …"),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name="fk_runs_portal_id_portals"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        comment="One crawl of one portal, or one import.",
    )
    op.create_index("ix_runs_portal_id", "runs", ["portal_id"])

    op.create_table(
        "copies",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("article_id", ID, nullable=False, comment="the one that came later"),
        sa.Column("other_id", ID, nullable=False, comment="the one that was there before"),
        sa.Column("kind", sa.Text(), nullable=False, comment="identical; near copies are named by the matcher"),
        sa.Column("score", sa.Double(), nullable=False, comment="0 to 1"),
        sa.Column("evidence", sa.JSON(), nullable=False, comment="what a person can check"),
        sa.Column("found_utc", UTC, nullable=False, comment="when"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_copies_article_id_articles"),
        sa.ForeignKeyConstraint(["other_id"], ["articles.id"], name="fk_copies_other_id_articles"),
        sa.PrimaryKeyConstraint("id", name="pk_copies"),
        sa.UniqueConstraint("article_id", "other_id", "kind", name="uq_copies_article_id_other_id_kind"),
        comment="Relations between articles: the later one, the earlier one, the kind and the evidence.",
    )
    op.create_index("ix_copies_other_id", "copies", ["other_id"])

    op.create_table(
        "pages",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("portal_id", sa.Text(), nullable=False, comment="which portal's crawl it belongs to"),
        sa.Column("url", sa.Text(), nullable=False, comment="canonical URL"),
        sa.Column("fetch_url", sa.Text(), nullable=False, comment="what is requested"),
        sa.Column("host", sa.Text(), nullable=False, comment="scheme://host:port of fetch_url"),
        sa.Column("role", sa.Text(), nullable=False, comment="feed, sitemap, listing, article"),
        sa.Column("state", sa.Text(), nullable=False, comment="due, leased, done, refused, failed"),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it is not stored; see newsroom.reasons"),
        sa.Column("detail", sa.Text(), nullable=False, comment="the particulars of the reason"),
        sa.Column("depth", sa.Integer(), nullable=False, comment="links from the front page"),
        sa.Column("redirects", sa.Integer(), nullable=False, comment="redirects that led here, one after the other"),
        sa.Column("priority", sa.Integer(), nullable=False, comment="higher is fetched earlier"),
        sa.Column("found_on", sa.Text(), nullable=True, comment="URL of the page, feed or sitemap that named it first"),
        sa.Column("discovered_utc", UTC, nullable=False, comment="when first named"),
        sa.Column("due_utc", UTC, nullable=True, comment="not to be fetched before"),
        sa.Column("lease_owner", sa.Text(), nullable=True, comment="who is fetching it"),
        sa.Column("lease_until_utc", UTC, nullable=True, comment="when the lease lapses"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="failed tries in a row"),
        sa.Column("etag", sa.Text(), nullable=True, comment="validator, saved with the content it stands for"),
        sa.Column("last_modified", sa.Text(), nullable=True, comment="validator, saved with the content it stands for"),
        sa.Column("fetched_utc", UTC, nullable=True, comment="last answer"),
        sa.Column("status", sa.Integer(), nullable=True, comment="last HTTP status"),
        sa.Column(
            "article_id",
            ID,
            nullable=True,
            comment="the article it led to; for a duplicate address, the article it doubles",
        ),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_pages_article_id_articles"),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name="fk_pages_portal_id_portals"),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
        sa.UniqueConstraint("url", name="uq_pages_url"),
        comment="Frontier and coverage ledger: one row a canonical URL, with its state and its one reason.",
    )
    op.create_index("ix_pages_article_id", "pages", ["article_id"])
    op.create_index("ix_pages_frontier", "pages", ["portal_id", "state", "due_utc", "priority"])
    op.create_index("ix_pages_queue", "pages", ["portal_id", "state", sa.text("priority DESC"), "id"])
    op.create_index("ix_pages_host", "pages", ["host"])

    op.create_table(
        "announcements",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("page_id", ID, nullable=False, comment="the announced page"),
        sa.Column("source_url", sa.Text(), nullable=False, comment="the feed or sitemap"),
        sa.Column("source_kind", sa.Text(), nullable=False, comment="feed, sitemap, news-sitemap"),
        sa.Column("raw_url", sa.Text(), nullable=False, comment="the URL as announced"),
        sa.Column("title", sa.Text(), nullable=True, comment="title as announced"),
        sa.Column("published_utc", UTC, nullable=True, comment="publication time as announced"),
        sa.Column("published_precision", sa.Text(), nullable=True, comment="second, minute, day, month, year"),
        sa.Column("lastmod_utc", UTC, nullable=True, comment="last change as announced"),
        sa.Column("language", sa.Text(), nullable=True, comment="language as announced"),
        sa.Column("first_seen_utc", UTC, nullable=False, comment="first time it was in the source"),
        sa.Column("last_seen_utc", UTC, nullable=False, comment="last time it was in the source"),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_announcements_page_id_pages"),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
        sa.UniqueConstraint("page_id", "source_url", name="uq_announcements_page_id_source_url"),
        comment="What a feed or sitemap said of a URL, kept even for pages never fetched.",
    )
    op.create_table(
        "captures",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("page_id", ID, nullable=True, comment="the page it answered"),
        sa.Column("run_id", ID, nullable=True, comment="the run that fetched it"),
        sa.Column("url", sa.Text(), nullable=False, comment="URL as requested"),
        sa.Column("fetched_utc", UTC, nullable=False, comment="when the answer came"),
        sa.Column("status", sa.Integer(), nullable=False, comment="HTTP status"),
        sa.Column("content_type", sa.Text(), nullable=True, comment="Content-Type header"),
        sa.Column("payload_digest", sa.Text(), nullable=False, comment="sha256:<hex> of the payload as sent"),
        sa.Column("payload_bytes", sa.Integer(), nullable=False, comment="length of the payload as sent"),
        sa.Column("warc_file_id", ID, nullable=False, comment="which file"),
        sa.Column("warc_offset", sa.BigInteger(), nullable=False, comment="first byte of the gzip member"),
        sa.Column("warc_length", sa.Integer(), nullable=False, comment="bytes of the gzip member"),
        sa.Column("record_id", sa.Text(), nullable=False, comment="WARC-Record-ID"),
        sa.Column("revisit_of", sa.Text(), nullable=True, comment="record id that holds the same payload"),
        sa.Column("truncated", sa.Text(), nullable=True, comment="length, time, disconnect, unspecified"),
        sa.Column("notes", sa.JSON(), nullable=False, comment="signals of the answer: x-robots-tag, tls, …"),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_captures_page_id_pages"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_captures_run_id_runs"),
        sa.ForeignKeyConstraint(["warc_file_id"], ["warc_files.id"], name="fk_captures_warc_file_id_warc_files"),
        sa.PrimaryKeyConstraint("id", name="pk_captures"),
        sa.UniqueConstraint("record_id", name="uq_captures_record_id"),
        comment="What the site served: one row a WARC response or revisit record.",
    )
    op.create_index("ix_captures_page_id", "captures", ["page_id"])
    op.create_index("ix_captures_payload_digest", "captures", ["payload_digest"])
    op.create_index("ix_captures_run_id", "captures", ["run_id"])
    op.create_index("ix_captures_url", "captures", ["url"])
    op.create_index("ix_captures_warc_file_id", "captures", ["warc_file_id"])

    op.create_table(
        "quarantine",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("page_id", ID, nullable=True, comment="the page"),
        sa.Column("capture_id", ID, nullable=True, comment="its capture"),
        sa.Column("url", sa.Text(), nullable=False, comment="URL"),
        sa.Column("stage", sa.Text(), nullable=False, comment="extract, store, import"),
        sa.Column("reason", sa.Text(), nullable=False, comment="see newsroom.reasons"),
        sa.Column("detail", sa.Text(), nullable=False, comment="the error"),
        sa.Column("created_utc", UTC, nullable=False, comment="when"),
        sa.Column("released_utc", UTC, nullable=True, comment="when a retry succeeded"),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_quarantine_capture_id_captures"),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_quarantine_page_id_pages"),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
        comment="What could not be processed or stored, with the address of its capture.",
    )
    op.create_index("ix_quarantine_capture_id", "quarantine", ["capture_id"])
    op.create_index("ix_quarantine_page_id", "quarantine", ["page_id"])

    op.create_table(
        "revisions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("article_id", ID, nullable=False, comment="of which article"),
        sa.Column("number", sa.Integer(), nullable=False, comment="from 1"),
        sa.Column("observed_utc", UTC, nullable=False, comment="when this text was first captured"),
        sa.Column("capture_id", ID, nullable=True, comment="the capture it was read from"),
        sa.Column(
            "content_digest",
            sa.Text(),
            nullable=False,
            comment="sha256:<hex> of title and text: what makes a revision distinct",
        ),
        sa.Column(
            "match_digest",
            sa.Text(),
            nullable=False,
            comment="sha256:<hex> of the normalised text: what makes copies identical",
        ),
        sa.Column("title", sa.Text(), nullable=False, comment="headline"),
        sa.Column("text", sa.Text(), nullable=False, comment="body, paragraphs separated by line ends"),
        sa.Column(
            "original_title", sa.Text(), nullable=True, comment="原题目: the headline where it was first published"
        ),
        sa.Column("byline", sa.JSON(), nullable=False, comment="people"),
        sa.Column("source_name", sa.Text(), nullable=True, comment="来源: the paper or agency credited"),
        sa.Column("editor", sa.Text(), nullable=True, comment="责任编辑"),
        sa.Column("published_utc", UTC, nullable=True, comment="publication time"),
        sa.Column("published_precision", sa.Text(), nullable=True, comment="second, minute, day, month, year"),
        sa.Column("published_zone", sa.Text(), nullable=True, comment="zone the time was written in"),
        sa.Column("published_origin", sa.Text(), nullable=True, comment="who said so: json-ld, meta …, feed, url"),
        sa.Column("modified_utc", UTC, nullable=True, comment="last change, as the page says"),
        sa.Column("language", sa.Text(), nullable=True, comment="BCP 47"),
        sa.Column("language_confidence", sa.Double(), nullable=True, comment="0 to 1"),
        sa.Column("section", sa.Text(), nullable=True, comment="section as the page says"),
        sa.Column("tags", sa.JSON(), nullable=False, comment="keywords as the page says"),
        sa.Column("lead_image", sa.Text(), nullable=True, comment="URL of the lead image"),
        sa.Column("description", sa.Text(), nullable=True, comment="summary as the page says"),
        sa.Column("site_name", sa.Text(), nullable=True, comment="site name as the page says"),
        sa.Column("is_accessible_for_free", sa.Boolean(), nullable=True, comment="as the page says"),
        sa.Column(
            "injected_links",
            sa.JSON(),
            nullable=False,
            comment="links pushed into sentences, with the reason each was taken out",
        ),
        sa.Column("links", sa.JSON(), nullable=False, comment="links in the body"),
        sa.Column("word_count", sa.Integer(), nullable=False, comment="words; characters for CJK"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_revisions_article_id_articles"),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_revisions_capture_id_captures"),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
        sa.UniqueConstraint("article_id", "number", name="uq_revisions_article_id_number"),
        comment="What an article said: one row a distinct text of it.",
    )
    op.create_index("ix_revisions_capture_id", "revisions", ["capture_id"])
    op.create_index("ix_revisions_match_digest", "revisions", ["match_digest"])

    op.create_table(
        "chunks",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("article_id", ID, nullable=False, comment="of which article"),
        sa.Column("revision_id", ID, nullable=False, comment="of which revision"),
        sa.Column("position", sa.Integer(), nullable=False, comment="from 0"),
        sa.Column(
            "analyser_version", sa.Integer(), nullable=False, comment="version of the analyser that made its tokens"
        ),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_chunks_article_id_articles"),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name="fk_chunks_revision_id_revisions"),
        sa.PrimaryKeyConstraint("id", name="pk_chunks"),
        sa.UniqueConstraint("article_id", "position", name="uq_chunks_article_id_position"),
        comment="The search index's documents: pieces of an article's current revision.",
    )
    op.create_index("ix_chunks_revision_id", "chunks", ["revision_id"])

    op.create_table(
        "extractions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("capture_id", ID, nullable=False, comment="what was read"),
        sa.Column("revision_id", ID, nullable=True, comment="the text it gave, new or known"),
        sa.Column("extractor", sa.Text(), nullable=False, comment="name"),
        sa.Column("extractor_version", sa.Text(), nullable=False, comment="version"),
        sa.Column("extracted_utc", UTC, nullable=False, comment="when"),
        sa.Column("reason", sa.Text(), nullable=True, comment="why there is no article; see newsroom.reasons"),
        sa.Column("provenance", sa.JSON(), nullable=False, comment="by field: rule, place, rejected candidates"),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_extractions_capture_id_captures"),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name="fk_extractions_revision_id_revisions"),
        sa.PrimaryKeyConstraint("id", name="pk_extractions"),
        comment="Which extractor and version read which capture, and what came of it.",
    )
    op.create_index("ix_extractions_capture_id", "extractions", ["capture_id"])
    op.create_index("ix_extractions_revision_id", "extractions", ["revision_id"])
    schema.create(op.get_bind(), revision)


def downgrade() -> None:
    schema.drop(op.get_bind())
    for name in (
        "extractions",
        "chunks",
        "revisions",
        "quarantine",
        "captures",
        "announcements",
        "pages",
        "copies",
        "runs",
        "articles",
        "warc_files",
        "portals",
        "hosts",
    ):
        op.drop_table(name)
