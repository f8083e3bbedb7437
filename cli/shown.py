"""A finding as people read it in a terminal."""

from sop.problems import Problem


def shown(problem: Problem, files: dict[str, bytes]) -> str:
    """A finding with the line of the file and a caret under the place."""
    lines = files.get(problem.file, b"").decode("utf-8", "replace").splitlines()
    text = f"{problem.file}:{problem.line}:{problem.column} {problem.severity} {problem.code}\n  {problem.message}"
    if 0 < problem.line <= len(lines):
        line = lines[problem.line - 1][:200]
        text += f"\n  | {line}\n  | {' ' * (problem.column - 1)}^"
    return text + (f"\n  help: {problem.help}" if problem.help else "")
