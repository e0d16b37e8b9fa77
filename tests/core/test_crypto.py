"""Secrets at rest."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elevhalsa.core.columns import EncryptedText, Sealed
from elevhalsa.core.crypto import (
    KEY_ID_LENGTH,
    DataKey,
    Keyring,
    Place,
    key_id_of,
    new_data_key,
    new_encryption_key,
    new_id,
    new_key_id,
    new_token,
)
from elevhalsa.core.errors import NotItsOwn, SettingError

HASH_KEY = "h" * 32
ID = st.text("abcdefgh-_", min_size=KEY_ID_LENGTH, max_size=KEY_ID_LENGTH)
PLACE = st.builds(Place, st.text(), st.text(), st.text())
SECRET = st.binary(min_size=32, max_size=32)
HERE = Place("message", "text", "r" * 22)


def ring(*keys: str, hash_key: str = HASH_KEY) -> Keyring:
    made = Keyring()
    made.configure(list(keys), hash_key)
    return made


def data_key() -> DataKey:
    return DataKey(new_key_id(), "m" * 22, new_data_key())


@settings(max_examples=settings.default.max_examples // 2)
@given(ID, st.text(), SECRET, PLACE, st.text())
def test_what_was_sealed_is_opened_where_it_was_sealed(key_id, municipality, secret, place, text):
    key = DataKey(key_id, municipality, secret)
    stored = key.seal(text, place)
    assert key_id_of(stored) == key_id
    assert key.open(stored, place) == text
    assert DataKey(key_id, municipality, secret).open(stored, place) == text


@settings(max_examples=settings.default.max_examples // 2)
@given(st.tuples(ID, st.text(), SECRET, PLACE), st.tuples(ID, st.text(), SECRET, PLACE))
def test_a_change_of_key_municipality_table_column_or_row_opens_nothing(one, other):
    (*sealed_by, place), (*opened_by, elsewhere) = one, other
    stored = DataKey(*sealed_by).seal("hej", place)
    mixed = [(a, b) for a, b in zip((*sealed_by, *place), (*opened_by, *elsewhere), strict=True)]
    for part, (_before, after) in enumerate(mixed):
        changed = [before for before, _after in mixed]
        if changed[part] == after:
            continue
        changed[part] = after
        with pytest.raises(NotItsOwn) as caught:
            DataKey(*changed[:3]).open(stored, Place(*changed[3:]))
        assert "hej" not in str(caught.value)


@given(st.text("ab\0 ", max_size=4), st.text("ab\0 ", max_size=4))
def test_what_ends_in_one_part_of_a_place_cannot_begin_the_next(one, other):
    key = data_key()
    stored = key.seal("hej", Place(one, other, "r"))
    for moved in (Place(one + other, "", "r"), Place("", one + other, "r"), Place(one, "r", other)):
        if moved != Place(one, other, "r"):
            with pytest.raises(NotItsOwn):
                key.open(stored, moved)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=63))
def test_no_character_of_what_is_stored_can_be_changed(at, by):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    key = data_key()
    stored = key.seal("jag mår inte bra å", HERE)  # 48 bytes: no character has idle bits
    at %= len(stored)
    other = alphabet[(alphabet.index(stored[at]) + by) % 64]
    with pytest.raises(NotItsOwn):
        key.open(stored[:at] + other + stored[at + 1 :], HERE)
    with pytest.raises(NotItsOwn):
        key.open(stored[:at], HERE)


def test_what_is_stored_shows_nothing_and_never_looks_the_same_twice():
    key = data_key()
    stored = {key.seal("jag mår inte bra", HERE) for _time in range(50)}
    assert len({one[1 + KEY_ID_LENGTH : 17 + KEY_ID_LENGTH] for one in stored}) == 50  # nonces
    raw = base64.urlsafe_b64decode(next(iter(stored))[1 + KEY_ID_LENGTH :])
    assert b"inte" not in raw


def test_text_that_is_sealed_to_nothing_cannot_be_written_and_none_is_said_by_mistake():
    with pytest.raises(TypeError):
        EncryptedText().process_bind_param("hej", None)  # type: ignore[arg-type]
    sealed = Sealed("x", "hej")
    assert "hej" not in repr(sealed)
    with pytest.raises(TypeError):
        str(sealed)


def test_a_wrapped_key_is_opened_by_the_key_that_wrapped_it_for_whose_it_is():
    old, new = new_encryption_key(), new_encryption_key()
    secret, key_id = new_data_key(), new_key_id()
    wrapped, mark = ring(old).wrap(secret, key_id, "m"), ring(old).encryption_marks[0]
    assert ring(new, old).unwrap(wrapped, mark, key_id, "m") == secret
    for other in (("x" * KEY_ID_LENGTH, "m"), (key_id, "n")):
        with pytest.raises(SettingError, match="data_key"):
            ring(old).unwrap(wrapped, mark, *other)
    with pytest.raises(SettingError, match="ENCRYPTION_KEYS"):
        ring(new).unwrap(wrapped, mark, key_id, "m")


def test_what_the_release_before_wrote_is_read_under_any_of_the_keys():
    old, new = new_encryption_key(), new_encryption_key()
    stored = ring(old).write_older("jag mår inte bra åäö")
    assert key_id_of(stored) is None
    assert ring(new, old).read_older(stored) == "jag mår inte bra åäö"


def test_a_lost_key_is_said_to_be_the_operators_fault_and_shows_nothing_of_the_text():
    stored = ring(new_encryption_key()).write_older("hej")
    with pytest.raises(SettingError, match="ENCRYPTION_KEYS") as caught:
        ring(new_encryption_key()).read_older(stored)
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
    assert len(new_key_id()) == KEY_ID_LENGTH
