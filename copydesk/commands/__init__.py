"""The commands, a module each. This table is what `copydesk --help` shows without importing any of them."""

from __future__ import annotations

# name: (module, attribute, first line of its help); in the order of a first day with copydesk
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("copydesk.commands.demo", "demo", "Crawl three made-up portals, twice, and show what came of it."),
    "init": ("copydesk.commands.init", "init", "Set up a folder for a new corpus."),
    "doctor": ("copydesk.commands.doctor", "doctor", "Check that this machine has what copydesk needs."),
    "config": ("copydesk.commands.config", "config", "Show and check the configuration."),
    "portal": ("copydesk.commands.portal", "portal", "Add, test, list and switch portal files."),
    "crawl": (
        "copydesk.commands.crawl",
        "crawl",
        "Crawl portals: discover, fetch, capture, read and store what is due.",
    ),
    "process": ("copydesk.commands.process", "process", "Process captured pages that were never processed."),
    "extract": ("copydesk.commands.extract", "extract", "Read articles out of pages, and store nothing."),
    "import": ("copydesk.commands.import_", "import_", "Bring in articles that were collected elsewhere."),
    "search": ("copydesk.commands.search", "search", "Find stored articles."),
    "saved": (
        "copydesk.commands.saved",
        "saved",
        "Keep searches, and see what is new in them since they were last run.",
    ),
    "show": ("copydesk.commands.show", "show", "Show one article: what it says, and how we know."),
    "history": (
        "copydesk.commands.history",
        "history",
        "Show the life of an article: announced, captured, changed, copied, gone, back.",
    ),
    "diff": ("copydesk.commands.diff", "diff", "Show what is different between two texts of an article."),
    "cite": ("copydesk.commands.cite", "cite", "Print references to articles, for footnotes and reference managers."),
    "stats": ("copydesk.commands.stats", "stats", "Count the articles of the corpus."),
    "copies": (
        "copydesk.commands.copies",
        "copies",
        "See which articles are copies, of which, how, and whose story it was.",
    ),
    "coverage": ("copydesk.commands.coverage", "coverage", "Show what became of every address that was found."),
    "runs": ("copydesk.commands.runs", "runs", "Look at past crawls and imports."),
    "health": ("copydesk.commands.health", "health", "See which portals no longer bring what they used to."),
    "export": (
        "copydesk.commands.export",
        "export",
        "Write articles out, for other programs and for those who cite them.",
    ),
    "cleanup": (
        "copydesk.commands.cleanup",
        "cleanup",
        "Take away what has been kept long enough; a dry run without --yes.",
    ),
    "hold": ("copydesk.commands.hold", "hold", "Keep something from cleanup, whatever its retention says."),
    "verify": ("copydesk.commands.verify", "verify", "Check every captured byte against its digests."),
    "db": ("copydesk.commands.db", "db", "Upgrade, check and measure the database; index it anew."),
    "airflow": ("copydesk.commands.airflow", "airflow", "Check the Airflow that runs the DAGs in `dags/`."),
    "completion": (
        "copydesk.commands.completion",
        "completion",
        "Print the script that completes commands in a shell.",
    ),
}
