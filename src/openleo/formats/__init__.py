"""The only doors for the user's files: element sets, polygons, tables of places, worlds, runs."""
