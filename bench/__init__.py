"""Measures the service against its aims: ``python -m bench``.

Everything runs on 127.0.0.1 in a temporary folder with databases and a queue of its own, and ends
with the run. Figures of two runs on different machines or days cannot be compared; ratios can.
"""
