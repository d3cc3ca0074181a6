"""Copies: what makes the data files that the matcher ships with, and what the matching costs."""
