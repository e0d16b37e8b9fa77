"""The attacks of docs/threat-model.md, each tried. Nearly all go over the app's own map of pages
and forms, so that what is added is attacked the day it is added."""
