"""A provider of OpenID Connect of our own, for tests and ``make run``: discovery, keys, a page
where some who do not exist log in, and tokens. ``oidc-provider-mock`` neither asks for PKCE nor
says who answers (RFC 9207), cannot give a token that is wrong, and brings a web framework along.
"""
