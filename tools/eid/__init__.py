"""All that the demo logs in with, in one process: a BankID and two providers of OpenID Connect."""
