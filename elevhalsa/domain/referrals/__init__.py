"""Bron and Minibron: a way from school, preschool, BVC/MVC or home into what the municipality
offers, that never ends in silence."""
