"""Prints fresh keys for the environment: ``python -m elevhalsa.cli.keys``.

A command of its own, because ``flask --app app`` starts only when the keys are there.
"""

import click

from elevhalsa.core.crypto import new_settings


@click.command(
    help="Skriver ut nya SECRET_KEY, HASH_KEY och ENCRYPTION_KEYS, en per rad. Inget sparas."
)
def keys() -> None:
    for name, value in new_settings().items():
        click.echo(f"{name}={value}")


if __name__ == "__main__":
    keys()
