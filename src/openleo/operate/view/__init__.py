"""What a page looks at: a stored run or the twin on the clock, slot by slot."""
