"""Contacts and links that were pushed into sentences."""
