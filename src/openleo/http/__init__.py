"""The HTTP face of the controller: what people, terminals, operators and auditors may ask, and how."""
