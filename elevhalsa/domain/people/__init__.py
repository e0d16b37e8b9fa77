"""Staff, which schools they serve, how they sign in, and their server-side sessions."""
