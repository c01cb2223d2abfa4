"""A transparency log in the C2SP formats; it needs `cryptography` and the standard library alone."""
