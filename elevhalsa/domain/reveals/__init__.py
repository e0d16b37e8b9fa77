"""What a pupil hides from staff, opened by one of them in danger to life: with a reason, reviewed
by another, known to whoever oversees, and told to the pupil."""
