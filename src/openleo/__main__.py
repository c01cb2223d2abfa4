"""`python -m openleo` is `openleo`."""

from openleo.cli import main

if __name__ == "__main__":
    main()
