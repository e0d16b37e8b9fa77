"""Secrets at rest."""

import pytest

from elevhalsa.core.crypto import Keyring, new_encryption_key, new_id, new_token
from elevhalsa.core.errors import SettingError

HASH_KEY = "h" * 32


def ring(*keys: str, hash_key: str = HASH_KEY) -> Keyring:
    made = Keyring()
    made.configure(list(keys), hash_key)
    return made


def test_what_was_encrypted_is_read_again_and_is_not_readable_in_between():
    keys = ring(new_encryption_key())
    stored = keys.encrypt("jag mår inte bra åäö")
    assert "mår" not in stored
    assert keys.decrypt(stored) == "jag mår inte bra åäö"


def test_the_same_text_never_looks_the_same_twice():
    keys = ring(new_encryption_key())
    assert keys.encrypt("hej") != keys.encrypt("hej")


def test_after_a_new_key_is_put_first_old_text_is_still_read():
    old, new = new_encryption_key(), new_encryption_key()
    stored = ring(old).encrypt("hej")
    assert ring(new, old).decrypt(stored) == "hej"


def test_rotated_text_no_longer_needs_the_old_key():
    old, new = new_encryption_key(), new_encryption_key()
    rotated = ring(new, old).rotate(ring(old).encrypt("hej"))
    assert ring(new).decrypt(rotated) == "hej"
    with pytest.raises(SettingError):
        ring(old).decrypt(rotated)


def test_a_lost_key_is_said_to_be_the_operators_fault_and_shows_nothing_of_the_text():
    stored = ring(new_encryption_key()).encrypt("hej")
    with pytest.raises(SettingError, match="ENCRYPTION_KEYS") as caught:
        ring(new_encryption_key()).decrypt(stored)
    assert caught.value.status == 500
    assert stored not in str(caught.value)


@pytest.mark.parametrize("bad", [[], ["kort"], ["inte base64 " * 4]])
def test_a_bad_encryption_key_stops_the_start_and_is_named(bad):
    with pytest.raises(SettingError, match="ENCRYPTION_KEYS"):
        Keyring().configure(bad, HASH_KEY)


def test_a_short_hash_key_stops_the_start_and_is_named():
    with pytest.raises(SettingError, match="HASH_KEY"):
        ring(new_encryption_key(), hash_key="h" * 31)


def test_a_keyed_hash_is_the_same_each_time_and_differs_between_purposes_and_keys():
    key = new_encryption_key()
    keys = ring(key)
    assert keys.keyed_hash("code", "x") == keys.keyed_hash("code", "x")
    others = {
        keys.keyed_hash("code", "x"),
        keys.keyed_hash("token", "x"),
        keys.keyed_hash("code", "y"),
        keys.keyed_hash("codex", ""),
        ring(key, hash_key="i" * 32).keyed_hash("code", "x"),
    }
    assert len(others) == 5
    assert all(len(digest) == 64 for digest in others)


def test_a_keyring_without_keys_refuses_to_hash():
    with pytest.raises(RuntimeError):
        Keyring().keyed_hash("code", "x")


def test_ids_and_tokens_are_long_and_never_the_same():
    assert {len(new_id()) for _ in range(50)} == {22}
    assert {len(new_token()) for _ in range(50)} == {43}
    assert len({new_id() for _ in range(50)}) == 50
