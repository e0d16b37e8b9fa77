"""What a person wrote is sealed under its municipality's key and bound to its row.

``columns`` does it for every encrypted column of every table; ``whose`` says which municipality a
row is of; ``keys`` keeps the municipalities' keys.
"""
