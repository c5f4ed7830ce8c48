"""`python -m bandup …`."""

from bandup.cli.main import main

if __name__ == "__main__":
    main(prog_name="bandup")
