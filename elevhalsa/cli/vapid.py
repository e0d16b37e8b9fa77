"""Prints a fresh key for web push: ``python -m elevhalsa.cli.vapid``.

A command of its own, like ``keys``: it needs no settings. To exchange a key, put the new one
before the old: VAPID_KEYS=new,old. Drop the old one when ``push status`` counts nobody for it.
"""

import click

from elevhalsa.core.vapid import new_key


@click.command(help="Skriver ut en ny nyckel för påminnelser, VAPID_KEYS=… . Inget sparas.")
def vapid() -> None:
    click.echo(f"VAPID_KEYS={new_key()}")


if __name__ == "__main__":
    vapid()
