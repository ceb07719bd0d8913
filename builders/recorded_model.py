"""The recorded model: replies that a language model wrote ahead, shipped as files and replayed by prompt.

    features/extract-<pair id>.md, features/evolve-<category-with-dashes>.md
    tasks/<NN>-<slug>/{roles,statement,inputs,generator,validator,brute}.md, solution-1.md, solution-2.md, ...
    index.json      SHA-256 of the rendered prompt -> its reply files, by sample index

A reply is found by its prompt and by nothing else: as over the wire, where nobody says which draw it is for.
The names of files serve only `recordings.py`, which makes the index. What is in the folders is whatever the
prompts of the draws 0:0, 0:1, ... ask for, NN being the draw.
"""

import json
from itertools import count
from pathlib import Path

from synthsmith.builders.model import Message, PermanentError, Reply, Request, prompt_digest
from synthsmith.verification.errors import InputError

FOLDER = Path(__file__).resolve().parent / "recorded"
INDEX = "index.json"
PAIRS = "pairs.jsonl"


class RecordedModel:
    """A model over a folder of recordings; by default those that ship with the package."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.index = read_index(folder)

    @property
    def draws(self) -> int | None:
        """How many draws were recorded, counted up to the first that is missing."""
        found = task_folders(self.folder)
        return next(number for number in count() if number not in found)

    async def complete(self, request: Request) -> Reply:
        """The recorded reply; PermanentError where the prompt was never recorded."""
        held = self.held(request.messages)
        if not held:
            raise PermanentError(
                f"No reply is recorded for the {request.stage} prompt of {request.subject} (template "
                f"{request.template!r}): the template, or what goes into it, changed since the recordings "
                "were keyed. `synthsmith model check` lists such prompts, `synthsmith model rekey` re-keys."
            )
        if request.sample >= held:
            raise PermanentError(
                f"{held} replies are recorded for the {request.stage} prompt of {request.subject}, and "
                f"number {request.sample + 1} is asked for: ask for fewer solutions per task."
            )
        return self.reply(request.messages, request.sample)

    def held(self, messages: tuple[Message, ...]) -> int:
        """How many replies to a prompt there are."""
        return len(self.index.get(prompt_digest(messages), ()))

    def reply(self, messages: tuple[Message, ...], sample: int) -> Reply:
        """One of the replies that are held."""
        return read_reply(self.folder / self.index[prompt_digest(messages)][sample])

    async def close(self) -> None:
        """Nothing is held open."""


def read_reply(path: Path) -> Reply:
    """The reply in a file, without the line feed at its end; token counts were not recorded."""
    try:
        return Reply(path.read_text(encoding="utf-8").removesuffix("\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The recorded reply {path} cannot be read ({error}).") from None


def read_index(folder: Path) -> dict[str, tuple[str, ...]]:
    """The reply files by prompt; InputError where the folder has no index that can be read."""
    path = folder / INDEX
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return {str(key): tuple(map(str, files)) for key, files in value.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise InputError(
            f"{path} is not the index of recorded replies ({error}); `synthsmith model rekey` makes it."
        ) from None


def task_folders(folder: Path) -> dict[int, Path]:
    """The folders of the recorded draws by number; InputError where a name has no number of its own."""
    found: dict[int, Path] = {}
    for path in sorted(path for path in folder.glob("tasks/*") if path.is_dir()):
        number = path.name.partition("-")[0]
        if not number.isdecimal() or int(number) in found:
            raise InputError(f"{path}: the name of a recorded task begins with its number, as in 07-.")
        found[int(number)] = path
    return found
