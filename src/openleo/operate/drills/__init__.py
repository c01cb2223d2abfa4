"""The worlds of `openleo drill`: how one is read and played, and what each of them is asked."""
