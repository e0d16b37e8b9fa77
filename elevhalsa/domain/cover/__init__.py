"""Somebody answers instead: cover is asked for, and the days without anybody are known ahead."""
