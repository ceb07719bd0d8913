"""The arrows of the design: synthsmith -> cards -> builders -> {prompts, verification}; none other."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "verification": {"verification"},
    "prompts": {"prompts"},
    "builders": {"builders", "prompts", "verification"},
    "cards": {"cards", "builders", "prompts", "verification"},
    "synthsmith": {"synthsmith", "cards", "builders", "prompts", "verification"},
}
HEAVY = {
    "datasets",
    "evaluate",
    "openai",
    "pyarrow",
    "huggingface_hub",
    "numpy",
    "pydantic",
    "jinja2",
    "yaml",
}


def imported(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] + "." if node.level else ""
            module = base + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def room_of(name: str) -> str | None:
    parts = name.split(".")
    if parts[0] != "synthsmith":
        return None
    return parts[1] if len(parts) > 1 and parts[1] in ALLOWED else "synthsmith"


@pytest.mark.parametrize("room", ALLOWED)
def test_each_folder_imports_only_what_lies_below_it(room: str) -> None:
    wrong = []
    for path in sorted((ROOT / room).rglob("*.py")):
        package = ".".join(path.relative_to(ROOT).parent.parts)
        prefix = package if room == "synthsmith" else f"synthsmith.{package}"
        for name in imported(ast.parse(path.read_text(encoding="utf-8")), prefix):
            target = room_of(name)
            # `from synthsmith import x` inside a lower room would be an arrow upwards, too
            if target is not None and target not in ALLOWED[room]:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_the_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom synthsmith.cli import app\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & set(sys.argv[1:])))"
    )
    done = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_where_it_is_promised() -> None:
    import synthsmith

    assert synthsmith.__version__.count(".") == 2
