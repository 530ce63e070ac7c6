"""Figures for people to read: charts and tiles as SVG within pages, the same for the organiser and for the public."""
