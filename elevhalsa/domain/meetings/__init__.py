"""Agreeing on how and when to meet: staff propose, the pupil picks or says that none fits."""
