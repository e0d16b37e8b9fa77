"""Prints fresh keys for the environment: ``python -m elevhalsa.cli.keys``.

A command of its own, because ``flask --app app`` starts only when the keys are there.
"""

import click

from elevhalsa.core.crypto import new_encryption_key, new_token


@click.command(
    help="Skriver ut nya SECRET_KEY, HASH_KEY och ENCRYPTION_KEYS, en per rad. Inget sparas."
)
def keys() -> None:
    click.echo(f"SECRET_KEY={new_token()}")
    click.echo(f"HASH_KEY={new_token()}")
    click.echo(f"ENCRYPTION_KEYS={new_encryption_key()}")


if __name__ == "__main__":
    keys()
