"""Municipalities, their schools, breaks, crisis lines and reply templates."""
