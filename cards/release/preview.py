"""What a push would do, found without a token that may write and without changing anything."""

from dataclasses import dataclass

from synthsmith.cards.release.plan import Plan
from synthsmith.cards.release.push import Push
from synthsmith.cards.release.remote import Tree
from synthsmith.cards.release.versions import Version
from synthsmith.verification.errors import InputError


@dataclass(frozen=True, slots=True)
class Preview:
    """`refusal` is why the push would not go; `published` whether there is nothing left to do.

    `finishes` is a version whose push was broken off and that would get its tag first. Files are told with
    their sizes; those that are deleted without.
    """

    plan: Plan
    exists: bool
    newest: Version | None
    published: bool
    finishes: Version | None
    added: tuple[tuple[str, int], ...]
    changed: tuple[tuple[str, int], ...]
    deleted: tuple[str, ...]
    refusal: str | None


def preview(push: Push) -> Preview:
    """The preview; PassingError where the Hub does not answer, InputError where it may not be looked at."""
    refs = push.remote.refs()
    if refs is None:
        return _preview(push.plan(None), {}, exists=False)
    if push.version in refs.versions:
        return _published(push)
    tree = push.remote.tree(refs.head)
    left = push.remote.unfinished(refs, tree)
    previous = push.remote.release(refs.newest, refs.versions[refs.newest]) if refs.newest else None
    plan = push.plan(previous)
    deleted = push.stale(plan, tree, refs.head, previous)
    refusal = None
    try:
        push.newest(refs)
        push.check(plan, previous)
        if left == push.version and not plan.is_at(tree) and not push.replace_unfinished:
            refusal = push.unfinished_sentence()
    except InputError as error:
        refusal = str(error)
    finishes = None if left in (None, push.version) or push.replace_unfinished else left
    return _preview(plan, tree, newest=refs.newest, finishes=finishes, deleted=deleted, refusal=refusal)


def _published(push: Push) -> Preview:
    refs = push.remote.refs()
    assert refs is not None
    sha = refs.versions[push.version]
    try:
        plan = push.same_as(refs, sha)
    except InputError as error:
        newest = push.remote.release(max(refs.versions), refs.versions[max(refs.versions)])
        tree = push.remote.tree(sha)
        return _preview(push.plan(newest), tree, newest=refs.newest, refusal=str(error))
    return _preview(plan, push.remote.tree(sha), newest=refs.newest, published=True)


def _preview(
    plan: Plan,
    tree: Tree,
    *,
    exists: bool = True,
    newest: Version | None = None,
    published: bool = False,
    finishes: Version | None = None,
    deleted: tuple[str, ...] = (),
    refusal: str | None = None,
) -> Preview:
    differing = [(path, plan.pieces[path].size) for path in plan.differing(tree)]
    added = tuple(each for each in differing if each[0] not in tree)
    changed = tuple(each for each in differing if each[0] in tree)
    return Preview(plan, exists, newest, published, finishes, added, changed, deleted, refusal)
