"""A quick talk with elevhälsan that somebody at a school asks for: about their work, never about a
named child, and without an account."""
