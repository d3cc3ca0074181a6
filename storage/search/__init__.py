"""Full-text search that answers alike on SQLite and PostgreSQL, exact in Chinese and in English."""
