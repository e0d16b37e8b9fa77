"""Reminders on the lock screen: who wants them, when they may sound, and what goes out instead."""
