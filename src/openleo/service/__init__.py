"""Who is served, where, and why not: regions, terminals, decisions with reasons, findings, their store."""
