"""Who must agree before something of a child is shared or an effort begins, that they have, and
that they have taken it back. Knows what it is about only by ``About``.

"Samtycke" here lifts secrecy and says yes to an effort. It is never the ground for handling
personal data (GDPR article 6.1 a): that is a task in the public interest.
"""
