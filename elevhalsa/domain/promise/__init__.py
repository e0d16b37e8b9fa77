"""The promise: when a knock must have been answered, and what happens on the way there."""
