"""The guard that keeps tests off the network, and the databases they are given."""

from __future__ import annotations

import socket

import psycopg
import pytest


def test_a_connection_that_leaves_loopback_is_refused(refused_connections: list[str]) -> None:
    with socket.socket() as outside, pytest.raises(RuntimeError, match="loopback only"):
        outside.connect(("192.0.2.1", 80))
    assert refused_connections
    refused_connections.clear()


def test_a_name_that_is_not_ours_is_not_looked_up(refused_connections: list[str]) -> None:
    with pytest.raises(RuntimeError, match="loopback only"):
        socket.getaddrinfo("news.example", 80)
    refused_connections.clear()


def test_loopback_may_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_each_test_has_an_empty_postgresql(postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)
