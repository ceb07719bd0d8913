"""Spaces: the pass@k metric, as `evaluate.load("org/pass_at_k")` finds it, and pages that need nothing else.

Both are static: nothing runs there, as a Space has no means to isolate programs. They get no tags:
`evaluate` asks for one that is called like its own release first, and would take ours for it. The commit is
told, to pin.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml
from huggingface_hub import CommitOperationAdd
from markdown_it import MarkdownIt
from synthsmith.cards.card import environment
from synthsmith.cards.release.manifest import is_same
from synthsmith.cards.release.patience import Patience
from synthsmith.cards.release.pieces import Piece, of_file, of_text
from synthsmith.cards.release.remote import BRANCH, PassingError, Remote, telling
from synthsmith.cards.release.secrets import Watch
from synthsmith.verification.errors import InputError

METRIC = "pass_at_k"
CARD, PAGE = "README.md", "index.html"
MOST_PAGE_BYTES = 100 << 20
_FRONT = re.compile(r"^---\n(.*?)\n---\n+(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Space:
    """A Space that is published; `new` is false where it was just so before."""

    repository: str
    sha: str
    new: bool


def metric_pieces(repository: str, generator: str) -> tuple[Piece, ...]:
    """The files of the metric's Space: `evaluate` looks for a module named like the Space."""
    folder = files("synthsmith.verification") / METRIC  # without the metric's imports, which are heavy
    name = repository.rpartition("/")[2]
    if not name.isidentifier():
        raise InputError(f"{repository}: evaluate loads a module of that name; take one like {METRIC}.")
    found = _FRONT.fullmatch((folder / CARD).read_text(encoding="utf-8"))
    assert found is not None
    head, body = found.groups()
    local = f'evaluate.load(synthsmith.metric_path("{METRIC}"))'
    here = body.replace(f"import synthsmith\n\nmetric = {local}", f'\nmetric = evaluate.load("{repository}")')
    assert here != body
    return (
        of_text(CARD, f"---\n{head}\n---\n\n{here}"),
        of_text(f"{name}.py", (folder / f"{METRIC}.py").read_text(encoding="utf-8")),
        of_text("requirements.txt", f"synthsmith>={generator}\n"),
        of_text(PAGE, _as_page(here, yaml.safe_load(head)["title"])),
    )


def page_pieces(
    page: Path, title: str, dataset: str | None, allowed: Sequence[str] = ()
) -> tuple[Piece, ...]:
    """The files of a static Space that shows a page, such as `synthsmith report` writes."""
    if not page.is_file():
        raise InputError(f"{page} is not there: give the HTML file that is to be shown.")
    if page.stat().st_size > MOST_PAGE_BYTES:
        raise InputError(f"{page} has {page.stat().st_size:,} bytes; a page that large does not open.")
    watch = Watch(allowed=allowed)
    with page.open(encoding="utf-8", errors="replace") as lines:
        if not lines.read(1024).lstrip("\ufeff \t\r\n").startswith("<"):
            raise InputError(
                f"{page} does not begin as HTML does; give a page, as `synthsmith report` writes."
            )
        lines.seek(0)
        for number, line in enumerate(lines, 1):
            for secret in watch.in_text(line, f"{page}, line {number}"):
                told = f"{secret.where}: holds {secret.kind}, {secret.shown!r}"
                raise InputError(f"{told}; take it out, or allow it by --allow with a text that is in it.")
    head = {"title": title, "sdk": "static", "app_file": PAGE, "pinned": False, "tags": ["synthsmith"]}
    linked = {"datasets": [dataset]} if dataset else {}
    front = yaml.safe_dump({**head, **linked}, allow_unicode=True, sort_keys=False)
    about = f"Made with SynthSmith{f' from the data set `{dataset}`' if dataset else ''}.\n"
    return of_text(CARD, f"---\n{front}---\n\n{about}"), of_file(PAGE, page)


def push_space(
    remote: Remote, pieces: Sequence[Piece], private: bool, patience: Patience, message: str
) -> Space:
    """The Space, which holds these files when this returns; nothing is done where it does already."""
    return patience.until(lambda: _settle(remote, pieces, private, message), remote.repository)


def _settle(remote: Remote, pieces: Sequence[Piece], private: bool, message: str) -> Space:
    refs = remote.refs()
    if refs is None:
        with telling(remote.repository):
            remote.api.create_repo(remote.repository, repo_type="space", space_sdk="static", private=private)
        refs = remote.refs()
    if refs is None:
        raise PassingError("the Space was made and is not there yet")
    tree = remote.tree(refs.head)
    changed = [piece for piece in pieces if piece.path not in tree or not is_same(tree[piece.path], piece)]
    if not changed:
        return Space(remote.repository, refs.head, new=False)
    operations = [
        CommitOperationAdd(piece.path, piece.source if isinstance(piece.source, bytes) else str(piece.source))
        for piece in changed
    ]
    with telling(remote.repository):
        made = remote.api.create_commit(
            remote.repository,
            operations,
            commit_message=message,
            repo_type="space",
            revision=BRANCH,
            parent_commit=refs.head,
        )
    return Space(remote.repository, str(made.oid), new=True)


def _as_page(markdown: str, title: str) -> str:
    """The text as a page of its own."""
    body = MarkdownIt("commonmark").enable("table").render(markdown)
    return environment().get_template("space.html.jinja").render(title=title, body=body)
