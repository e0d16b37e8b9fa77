"""What is disclosed of a knock, to whom and on what ground, and what is not."""
