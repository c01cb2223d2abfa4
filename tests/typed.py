"""Commands as people type them, for tests: what is printed, and what is said of what fails."""

from click.testing import CliRunner, Result

from openleo.cli import openleo


def call(*words: str, stdin: str | None = None) -> Result:
    """Any command."""
    return CliRunner().invoke(openleo, words, input=stdin)


def well(*words: str, stdin: str | None = None) -> str:
    """What a command that does well prints on stdout."""
    result = call(*words, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(exit_code: int, *words: str, stdin: str | None = None) -> str:
    """What a command that fails with this exit code says on stderr."""
    result = call(*words, stdin=stdin)
    assert result.exit_code == exit_code, result.output
    assert "Error: " in result.stderr
    assert "Traceback" not in result.output
    return result.stderr
