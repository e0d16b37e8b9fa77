"""How long what is kept is kept, and by which decision (gallringsbeslut)."""
