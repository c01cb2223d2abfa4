"""Reports: what others say happened, read, laid side by side, and held against the record."""
