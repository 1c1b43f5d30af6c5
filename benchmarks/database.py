"""A database of our own beside the one that DATABASE_URL names, so that no measurement touches anybody's data."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

NAME = "varde_bench"


def ensure(url: str) -> str:
    """Make the database if it is missing; returns its address. Leaves with a sentence when that is not allowed."""
    parts = urlsplit(url)
    with psycopg.connect(url.replace("postgres://", "postgresql://", 1), autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
        if not there:
            try:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
            except psycopg.errors.InsufficientPrivilege:
                sys.exit(
                    f"The role in DATABASE_URL may not make the database {NAME}; make it, and let the role own it."
                )
    return urlunsplit(parts._replace(path=f"/{NAME}"))


def migrate() -> None:
    """Bring its tables up to date."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
