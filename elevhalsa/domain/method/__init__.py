"""The local way of working: the words that the administrations share, and the steps that they have
agreed on. Holds nobody's name and nothing about anybody.
"""
