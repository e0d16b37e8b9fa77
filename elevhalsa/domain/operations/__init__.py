"""How the service itself is doing, for who runs it: counts and ages, never a row or a person."""
