"""Governance: who may change rules, how, and what of it the public can check."""
