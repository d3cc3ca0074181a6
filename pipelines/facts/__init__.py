"""The plain fields: section, tags, picture, address."""
