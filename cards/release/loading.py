"""The rows of one version, or none: `load_dataset` at the commit of a version's tag, with guards around it.

Asked for `revision="v1.2.0"`, `load_dataset` gives the rows of another revision from its cache, with no more
than a line in the log, whenever the Hub answers with anything but "no such revision" (no network, 401, 500).
Without `revision` it gives whatever main holds that day. And a tag can be moved by its owner. So here:

1. A version is looked up among the tags, and its commit's sha is what is asked for from then on. No version
   means the newest one, never main.
2. The files at that commit must be those that its manifest names, by digest, and no further rows; the
   manifest must be of that version.
3. A tag that was elsewhere when this machine used it last is refused (huggingface_hub's cache knows).
4. What `load_dataset` is about to read, and what it has read, must be of that sha; rows from a cache of
   another one are refused, streamed or not.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from httpx2 import HTTPError
from huggingface_hub import HfApi, try_to_load_from_cache
from synthsmith.cards.release.contents import MANIFEST, SUFFIX
from synthsmith.cards.release.manifest import disagreement
from synthsmith.cards.release.patience import Patience
from synthsmith.cards.release.remote import Refs, Release, Remote, first_line
from synthsmith.cards.release.versions import Version
from synthsmith.verification.errors import InputError

USUAL = Patience()

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict


def load(
    repository: str,
    config: str | None = None,
    version: str | None = None,
    *,
    split: str | None = "train",
    streaming: bool = False,
    columns: Sequence[str] | None = None,
    token: str | None = None,
) -> "Dataset | DatasetDict | IterableDataset | IterableDatasetDict":
    """The rows of a config (None: the default one) of a version (None: the newest) of a published data set.

    InputError where there is no such version, where it is not what its manifest says, or where the Hub does
    not answer and only rows of another version could be had.
    """
    from datasets import load_dataset_builder
    from datasets.exceptions import DatasetsError

    release = resolve(Remote(HfApi(token=token), repository), version)
    options = {} if columns is None else {"columns": list(columns)}
    where = f"{repository} {release.version}"
    try:
        builder = load_dataset_builder(repository, config, revision=release.sha, token=token, **options)
        _check_sources(builder, release, where)
        if streaming:
            stream: IterableDataset | IterableDatasetDict = builder.as_streaming_dataset(split=split)
            return stream
        builder.download_and_prepare()
        rows: Dataset | DatasetDict = builder.as_dataset(split=split)
    except InputError:
        raise
    except (DatasetsError, HTTPError, OSError, ValueError, RuntimeError) as error:
        cause = error.__cause__ if isinstance(error, DatasetsError) else None
        raise InputError(f"{where}: cannot be loaded ({first_line(cause or error)}).") from error
    _check_cached(rows, release, where)
    return rows


def resolve(remote: Remote, version: str | None, patience: Patience = USUAL) -> Release:
    """The version (None: the newest) with its commit, looked at: see the guards above."""
    asked = None if version is None else Version.parse(version.removeprefix("v"))
    return patience.until(lambda: _resolve(remote, asked), remote.repository)


def _resolve(remote: Remote, asked: Version | None) -> Release:
    refs = remote.refs()
    if refs is None:
        raise InputError(f"{remote.repository}: the Hub knows no such data set, or not for this token.")
    version = refs.newest if asked is None else asked
    if version is None or version not in refs.versions:
        raise InputError(f"{remote.repository} has no version {asked or 'at all'}; {_listed(refs)}.")
    sha = refs.versions[version]
    _check_moved(remote.repository, version, sha)
    release = remote.release(version, sha)
    where = f"{remote.repository} {version}"
    if release.manifest is None:
        raise InputError(
            f"{where}: was not published by SynthSmith (no {MANIFEST}), so it cannot be checked; "
            f'load it by `load_dataset("{remote.repository}", revision="{sha}")`.'
        )
    if release.manifest.version != str(version):
        raise InputError(f"{where}: its tag is at the release {release.manifest.version}: the tag was moved.")
    tree = remote.tree(sha)
    more = [path for path in tree if path.endswith(SUFFIX) and path not in release.manifest.files]
    wrong = disagreement(release.manifest, tree) or (f"{more[0]} is not in the manifest" if more else None)
    if wrong:
        raise InputError(f"{where}: is not what was released: {wrong}.")
    remember(remote, version, sha)
    return release


def remember(remote: Remote, version: Version, sha: str) -> None:
    """Have huggingface_hub's cache know where the tag is, for the next time; InputError where it moved."""
    path = remote.file(MANIFEST, version.tag)
    if path is None or sha not in path.parts:
        raise InputError(f"{remote.repository}: the tag {version.tag} moved while it was looked at.")


def _check_moved(repository: str, version: Version, sha: str) -> None:
    known = try_to_load_from_cache(repository, MANIFEST, revision=version.tag, repo_type="dataset")
    if isinstance(known, str) and sha not in Path(known).parts:
        before = Path(known).parent.name
        raise InputError(
            f"{repository}: the tag {version.tag} was at {before} when it was used here before, and is at "
            f'{sha} now. Load that commit by `load_dataset(..., revision="{before}")`, or, if the move is '
            f"known to be meant, forget the old one by `hf cache rm dataset/{repository}`."
        )


def _listed(refs: Refs) -> str:
    if not refs.versions:
        return "nothing was released there yet"
    return f"there are {', '.join(str(version) for version in sorted(refs.versions, reverse=True))}"


def _check_sources(builder: object, release: Release, where: str) -> None:
    """InputError where a builder would read anything but the release's files."""
    given = getattr(getattr(builder, "config", None), "data_files", None) or {}
    files = [str(path) for paths in given.values() for path in paths]
    assert release.manifest is not None
    foreign = [path for path in files if f"@{release.sha}/" not in path]
    inside = [path.partition(f"@{release.sha}/")[2] for path in files]
    if not files or foreign or not set(inside) <= release.manifest.files.keys():
        raise InputError(
            f"{where}: the Hub does not give its files now, and rows of another revision from the cache were "
            "not taken; try again."
        )


def _check_cached(rows: object, release: Release, where: str) -> None:
    """InputError where rows come from a cache of another commit."""
    parts = list(rows.values()) if isinstance(rows, dict) else [rows]
    files = [str(file["filename"]) for part in parts for file in getattr(part, "cache_files", ())]
    wrong = [path for path in files if release.sha not in Path(path).parts]
    if wrong:
        raise InputError(f"{where}: {wrong[0]} is a cache of another revision.")
