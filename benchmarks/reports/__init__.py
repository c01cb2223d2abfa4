"""How good the proposals about reports are: documents with keys made by hand, and how they are counted."""
