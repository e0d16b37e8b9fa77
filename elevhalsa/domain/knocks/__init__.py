"""The knock: what a pupil asks, who took it, what was said, whether the promise was kept."""
