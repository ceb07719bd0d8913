"""A version onto the Hub: one commit, then its tag, whatever happens in between.

Every try begins by looking at what is there and does the next thing that is missing:

    the tag is there          the same content: done. Other content: refused, a tag never moves.
    main holds this release   but no tag: a push was broken off, or its answer was lost. The tag is set there.
    main holds another one    without a tag: it is given its tag first, so that no version is ever lost. The
                              same version with other content is refused, unless it is to be replaced.
    else                      one commit of all that differs, which the Hub takes only if main is still where
                              it was seen (`parent_commit`), then the tag at that commit.

So a try may end anywhere (killed, cut off, refused for now) and another one, of this process or the next,
goes on from there; there is no state but the Hub's. Between commit and tag main holds the release whole.
"""

import logging
from dataclasses import dataclass, field

from huggingface_hub import CommitOperationAdd, CommitOperationDelete
from synthsmith.cards.release.changes import reason
from synthsmith.cards.release.contents import MANIFEST
from synthsmith.cards.release.patience import Patience
from synthsmith.cards.release.pieces import Piece
from synthsmith.cards.release.plan import Local, Plan, make_plan
from synthsmith.cards.release.remote import BRANCH, PassingError, Refs, Release, Remote, Tree, telling
from synthsmith.cards.release.versions import Version, check_version
from synthsmith.verification.errors import InputError

MOST_NAMED = 3
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pushed:
    """A version that is published. `new` is false where it was before."""

    version: Version
    sha: str
    new: bool
    plan: Plan


@dataclass
class Push:
    """A version on its way. `committed` is what this process has committed and not yet tagged.

    `plans` are those made so far, by the commit of the version before.
    """

    local: Local
    remote: Remote
    version: Version
    private: bool = False
    replace_unfinished: bool = False
    committed: tuple[str, str | None] | None = None  # the commit, and that of the version before
    plans: dict[str | None, Plan] = field(default_factory=dict)

    def run(self, patience: Patience) -> Pushed:
        """What is published in the end; InputError where that cannot be, with what to do."""
        return patience.until(self.settle, self.remote.repository)

    def settle(self) -> Pushed:
        """Look, and do what is missing; PassingError where it is not known whether that was done."""
        refs = self._refs()
        if self.version in refs.versions:
            return self._published(refs, refs.versions[self.version])
        tree = self.remote.tree(refs.head)
        left = self.remote.unfinished(refs, tree)
        if left is not None and left != self.version and not self.replace_unfinished:
            logger.warning("%s: %s was committed and not tagged; tagging it", self.remote.repository, left)
            self._tag(left, refs.head)
            return self.settle()
        previous = self.newest(refs)
        plan = self.plan(previous)
        before = previous.sha if previous else None
        if plan.is_at(tree):
            return self._tagged(refs.head, plan)
        if self.committed and self.committed[1] == before:
            return self._tagged(self.committed[0], plan)  # main has gone on since
        self.check(plan, previous)
        if left == self.version and not self.replace_unfinished:
            raise InputError(self.unfinished_sentence())
        self.committed = (self._commit(plan, refs, tree, previous), before)
        return self._tagged(self.committed[0], plan)

    def newest(self, refs: Refs) -> Release | None:
        """The newest published version; InputError where this one is not newer."""
        if refs.newest is None:
            return None
        newest = self.remote.release(refs.newest, refs.versions[refs.newest])
        if self.version < newest.version:
            raise InputError(
                f"{self.remote.repository}: {newest.version} is published, so {self.version} is too old; "
                f"{self._least(newest)} would do."
            )
        return newest

    def check(self, plan: Plan, previous: Release | None) -> None:
        """Nothing, or InputError where the version is too small for what changed."""
        if plan.changes is not None and previous is not None:
            check_version(self.version, previous.version, plan.changes.extent, reason(plan.changes))

    def plan(self, previous: Release | None) -> Plan:
        """The plan after this version; made once for each."""
        key = previous.sha if previous else None
        if key not in self.plans:
            self.plans[key] = make_plan(self.local, self.version, previous, self.remote)
        return self.plans[key]

    def stale(self, plan: Plan, tree: Tree, head: str, previous: Release | None) -> tuple[str, ...]:
        """What is to be deleted from a commit."""
        there = self.remote.manifest(head) if MANIFEST in tree else None
        return plan.stale(tree, (there, previous.manifest if previous else None))

    def unfinished_sentence(self) -> str:
        """What to do about a push of this version that was broken off and had other content."""
        return (
            f"{self.remote.repository}: a push of {self.version} with other content is under way, or was "
            "broken off before its tag; push that content again to finish it, take a newer version, or "
            "replace it by --replace-unfinished."
        )

    def same_as(self, refs: Refs, sha: str) -> Plan:
        """The plan, where the commit of this version's tag is just that; else InputError."""
        release = self.remote.release(self.version, sha)
        tree = self.remote.tree(sha)
        before = release.manifest.previous if release.manifest else None
        version = Version.parse(before) if before else None
        if release.manifest is not None and (version is None or version in refs.versions):
            previous = self.remote.release(version, refs.versions[version]) if version else None
            plan = self.plan(previous)
            if plan.is_at(tree):
                return plan
            differing = plan.differing(tree)
            told = ", ".join(differing[:MOST_NAMED]) or "further rows there"
            more = f" and {len(differing) - MOST_NAMED} more" if len(differing) > MOST_NAMED else ""
            told = f"differing in {told}{more}"
        else:
            told = "without a manifest that could be compared"
        newest = self.remote.release(max(refs.versions), refs.versions[max(refs.versions)])
        raise InputError(
            f"{self.remote.repository}: {self.version} is published, {told}, and a published version never "
            f"changes; {self._least(newest)} would do for this."
        )

    def _least(self, newest: Release) -> Version:
        changes = self.plan(newest).changes
        assert changes is not None
        extent = changes.extent
        return newest.version.after(extent) if extent else Version(newest.version.major + 1, 0, 0)

    def _published(self, refs: Refs, sha: str) -> Pushed:
        plan = self.same_as(refs, sha)
        return Pushed(self.version, sha, self.committed is not None and self.committed[0] == sha, plan)

    def _refs(self) -> Refs:
        refs = self.remote.refs()
        if refs is None:
            with telling(self.remote.repository):
                # Without `exist_ok`, which takes any 409 to mean that the repository is there.
                self.remote.api.create_repo(self.remote.repository, repo_type="dataset", private=self.private)
            refs = self.remote.refs()
        if refs is None:
            raise PassingError("the repository was made and is not there yet")
        return refs

    def _commit(self, plan: Plan, refs: Refs, tree: Tree, previous: Release | None) -> str:
        stale = self.stale(plan, tree, refs.head, previous)
        changed = [plan.pieces[path] for path in plan.differing(tree)]
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            *map(_addition, changed),
            *(CommitOperationDelete(path) for path in stale),
        ]
        with telling(self.remote.repository):
            try:
                made = self.remote.api.create_commit(
                    self.remote.repository,
                    operations,
                    commit_message=f"Release {plan.version}",
                    repo_type="dataset",
                    revision=BRANCH,
                    parent_commit=refs.head,
                )
            except ValueError as error:
                if hasattr(error, "response"):
                    raise
                raise InputError(f"{self.remote.repository}: the Hub refuses the card ({error}).") from error
        return str(made.oid)

    def _tagged(self, sha: str, plan: Plan) -> Pushed:
        self._tag(self.version, sha)
        return Pushed(self.version, sha, True, plan)

    def _tag(self, version: Version, sha: str) -> None:
        with telling(self.remote.repository):
            self.remote.api.create_tag(
                self.remote.repository,
                tag=version.tag,
                revision=sha,
                repo_type="dataset",
            )


def _addition(piece: Piece) -> CommitOperationAdd:
    """The piece as it goes to the Hub; InputError where it is not what it was when it was checked."""
    source = piece.source if isinstance(piece.source, bytes) else str(piece.source)
    addition = CommitOperationAdd(piece.path, source)
    if addition.upload_info.sha256.hex() != piece.sha256:
        raise InputError(f"{piece.source!s} changed while it was pushed; run the command again.")
    return addition
