"""When a page says it was published and changed."""
