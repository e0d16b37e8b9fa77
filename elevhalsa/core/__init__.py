"""Ground floor: time, calendar, secrets, errors and wording. Imports nothing of ours."""
