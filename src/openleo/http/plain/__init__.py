"""Pages without script that answer every question of the page in tables, in English and French."""
