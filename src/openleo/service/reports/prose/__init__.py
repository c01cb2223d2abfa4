"""What prose says: one module a rule, words of a language in `languages/` alone."""
