"""Who did what to which knock, when and on what ground. Append-only, never any content."""
