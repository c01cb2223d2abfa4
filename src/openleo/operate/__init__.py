"""Where network and service meet: worlds opened with their rules, the twin on the clock, drills, and why."""
