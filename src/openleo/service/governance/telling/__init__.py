"""Telling: what stands in a log and what follows from it, in plain sentences, English and French."""
