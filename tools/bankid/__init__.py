"""A BankID of our own, for tests and ``make run``: the Relying Party API v6.0 over mutual TLS, and
an app where somebody who does not exist confirms. It answers as BankID's pages for developers say.
"""
