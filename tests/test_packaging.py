"""What is in the folders is what is packaged: setup.cfg, the checkout and the built wheel agree."""

import configparser
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("synthsmith", "builders", "prompts", "verification", "cards")


def folder_of(package: str) -> Path:
    head, _, rest = package.removeprefix("synthsmith.").partition(".")
    if package == "synthsmith" or head not in ROOMS:
        return ROOT / package.replace(".", "/")
    return ROOT / head / rest.replace(".", "/")


def declared_packages() -> set[str]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return set(config["options"]["packages"].split())


def packaged_files() -> set[str]:
    """Return every file of the rooms that a user needs, by its path in the wheel."""
    files = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                inside = path.relative_to(ROOT).as_posix()
                files.add(inside if room == "synthsmith" else f"synthsmith/{inside}")
    return files


def test_every_folder_with_modules_is_a_declared_package() -> None:
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("__init__.py")}
    assert folders == {folder_of(package) for package in declared_packages()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as a release does, in a copy, with what is installed here."""
    out = tmp_path_factory.mktemp("wheel")
    copy = out / "copy"
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if tracked.returncode:
        pytest.skip("the wheel is checked in a git checkout only")
    for name in tracked.stdout.splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(copy)],
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


def test_the_wheel_holds_exactly_the_files_of_the_folders(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == packaged_files()


def test_the_wheel_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import synthsmith, synthsmith.verification.types as t;"
        "from synthsmith.prompts import render, templates; assert templates(); print(t.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(tmp_path / "site")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(str(tmp_path))
