"""A finished build onto the Hub as a version that never changes, and back from there.

versions.py   what a version is, and which one a change asks for
contents.py   what lies in the folder: files, configs, columns
pieces.py     a file and its digests
reading.py    one pass over all rows
secrets.py    what must not be published
tasks.py      the list of tasks by which versions are compared
changes.py    what differs, as facts
changelog.py  the same in words
page.py       the card of one version
manifest.py   what a release consists of
plan.py       what a repository is to hold
prepare.py    all checks that need no Hub
remote.py     what is on the Hub, and its failures in words
patience.py   trying again
push.py       one commit, one tag
preview.py    what a push would do
loading.py    the rows of a version, or none
fetching.py   the files of a version, each checked
spaces.py     the metric and pages as Spaces
"""

from synthsmith.cards.release.patience import Patience
from synthsmith.cards.release.prepare import Wording, prepared
from synthsmith.cards.release.preview import Preview, preview
from synthsmith.cards.release.push import Push, Pushed
from synthsmith.cards.release.remote import Remote
from synthsmith.cards.release.versions import Version

__all__ = ["Patience", "Preview", "Push", "Pushed", "Remote", "Version", "Wording", "prepared", "preview"]
