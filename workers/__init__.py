"""What runs besides the web: the jobs, the schedule, and the local stack."""
