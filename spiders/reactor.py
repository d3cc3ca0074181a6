"""Twisted's reactor on asyncio, run once a process around one coroutine."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from scrapy.settings import Settings
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.reactor import install_reactor
from twisted.internet.base import ReactorBase
from twisted.internet.error import ReactorNotRunning

from newsroom.config import Config
from spiders import settings as project

T = TypeVar("T")


def project_settings(config: Config) -> Settings:
    """The project's Scrapy settings, with the configured log level."""
    settings = Settings()
    settings.setmodule(project, priority="project")
    settings.set("LOG_LEVEL", config.log_level.upper(), priority="cmdline")
    return settings


def run_in_reactor(main: Callable[[], Awaitable[T]], *, stops_at_once: bool = False) -> T:
    """Run `main` in the reactor and return what it returns, or raise what it raises; once a process.

    With `stops_at_once`, Ctrl-C and SIGTERM leave `main` where it is and raise KeyboardInterrupt or SystemExit(143);
    without, signals are for `main` to handle.
    """
    install_reactor(project.TWISTED_REACTOR)
    from twisted.internet import reactor as installed  # the import itself would install a reactor

    reactor = cast(ReactorBase, installed)
    results: list[T] = []
    errors: list[BaseException] = []

    def stop() -> None:
        with contextlib.suppress(ReactorNotRunning):  # stopped already
            reactor.stop()

    def leave(number: int) -> None:
        errors.append(KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number))
        stop()

    async def run_and_stop() -> None:
        if stops_at_once:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, leave, number)
        try:
            results.append(await main())
        except BaseException as error:  # raised again below, outside the reactor
            errors.append(error)
        stop()

    reactor.callWhenRunning(lambda: deferred_from_coro(run_and_stop()))
    reactor.run(installSignalHandlers=False)
    if errors:
        raise errors[0]
    return results[0]
