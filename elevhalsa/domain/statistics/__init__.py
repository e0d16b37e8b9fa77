"""What remains when a knock is purged: counts without identity."""
