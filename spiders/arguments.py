"""What `scrapy crawl portal -a …` is given: a portal's id, its definition, or an address."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from newsroom.config import Config, load_config, user_config_folder
from newsroom.errors import UsageError
from newsroom.portals import Portal, ad_hoc_portal, find_portal


def portal_and_config(kwargs: dict[str, Any]) -> tuple[Portal, Config]:
    """The portal that the arguments name, and the configuration. Raises UsageError when they name none."""
    config = kwargs.get("config")
    if config is None:
        config = load_config(environ=os.environ, folder=Path.cwd(), user_folder=user_config_folder(os.environ))
    portal = kwargs.get("portal")
    if isinstance(portal, Portal):
        return portal, config
    if portal:
        return find_portal(config.portals, str(portal)), config
    if kwargs.get("url"):
        return ad_hoc_portal(str(kwargs["url"])), config
    raise UsageError("which portal? say -a portal=ID (see `copydesk portal list`) or -a url=https://…")
