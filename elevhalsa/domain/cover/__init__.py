"""Somebody answers instead: the lov baton and what goes along with it; cover is asked for, and the
days without anybody are known ahead."""
