"""A thread of texts between those who wait and those who answer, whatever it is about: the columns,
the rules and the verbs. Each subject has a table of its own, and its own words for who writes."""
