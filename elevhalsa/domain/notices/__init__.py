"""The outbox: what somebody must be told, as rows, so that losing the queue loses nothing."""
