"""The headline, and the site's name cut off it."""
