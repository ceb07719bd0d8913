"""Keeping the recordings in step with the prompts: which prompt each recorded reply answers today.

The generation half of the pipeline is walked for all recorded draws by a model that finds each reply by stage
and subject, that is by the name of its file. The prompts it sees on the way are the index as it should be.
"""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from synthsmith.builders.attempts import write_whole
from synthsmith.builders.drafts import Draw, Plan, draft, plan
from synthsmith.builders.growth import grow
from synthsmith.builders.model import Reply, Request, prompt_digest
from synthsmith.builders.pairs import PairSource
from synthsmith.builders.reading import Reading
from synthsmith.builders.recorded_model import FOLDER, INDEX, PAIRS, read_index, read_reply, task_folders
from synthsmith.builders.sampling import Sampler
from synthsmith.builders.settings import Settings
from synthsmith.verification.errors import InputError


@dataclass(frozen=True, slots=True)
class Stale:
    """A prompt that the index does not lead from to the right reply."""

    stage: str
    subject: str
    template: str
    file: str


@dataclass(frozen=True, slots=True)
class Check:
    """How the recordings stand: stale prompts, replies that are missing, and files that nothing asks for."""

    prompts: int
    stale: tuple[Stale, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def in_step(self) -> bool:
        """Whether each prompt leads to its reply and nothing is missing or left over."""
        return not (self.stale or self.missing or self.unused)


class _ByName:
    """A model that finds the reply to a request in the file named for its stage and subject."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tasks = task_folders(folder)
        self.asked: dict[str, Request] = {}  # by file
        self.missing: set[str] = set()

    @property
    def draws(self) -> int | None:
        """How many draws there are, gaps included."""
        return max(self.tasks, default=-1) + 1

    async def complete(self, request: Request) -> Reply:
        """The reply in the file of this name; one with an error where there is none."""
        name = self._name(request)
        if not (self.folder / name).is_file():
            self.missing.add(name)
            return Reply("", error="this reply is not recorded")
        self.asked[name] = request
        return read_reply(self.folder / name)

    async def close(self) -> None:
        """Nothing is held open."""

    def _name(self, request: Request) -> str:
        if request.stage in ("extract", "evolve"):
            return f"features/{request.stage}-{request.subject.replace(' ', '-')}.md"
        number = int(request.subject.rpartition(":")[2])
        task = self.tasks.get(number, Path(f"{number:02d}-"))
        sample = f"-{request.sample + 1}" if request.stage == "solution" else ""
        return f"tasks/{task.name}/{request.stage}{sample}.md"


def check(folder: Path = FOLDER, settings: Settings | None = None) -> Check:
    """How the recordings stand against the prompts of today; nothing is changed."""
    index = read_index(folder) if (folder / INDEX).is_file() else {}
    model = _walk(folder, settings)
    right = _index(model.asked)
    stale = tuple(
        Stale(request.stage, request.subject, request.template, name)
        for name, request in sorted(model.asked.items())
        if index.get(key := prompt_digest(request.messages)) != right[key]
    )
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}
    return Check(len(right), stale, tuple(sorted(model.missing)), tuple(sorted(files - model.asked.keys())))


def rekey(folder: Path = FOLDER, settings: Settings | None = None) -> Check:
    """How the recordings stood before the index was made anew, which it is even where replies are missing."""
    before = check(folder, settings)
    index = _index(_walk(folder, settings).asked)
    text = json.dumps({key: index[key] for key in sorted(index)}, indent=1) + "\n"
    write_whole(folder / INDEX, text)
    return before


def prompts(folder: Path = FOLDER, settings: Settings | None = None) -> dict[str, Request]:
    """The requests that the recorded replies answer today, by the reply's file."""
    return _walk(folder, settings).asked


def _walk(folder: Path, settings: Settings | None) -> _ByName:
    settings = settings or Settings()
    model = _ByName(folder)

    async def walk() -> None:
        pairs = Reading(PairSource(path=str(folder / PAIRS), id="id"))
        grown = await grow(pairs, settings, model.complete)
        sampler = Sampler(grown.tree, settings.sampling)
        for number in range(model.draws or 0):
            planned = await plan(Draw(number, f"0:{number}", ""), sampler, settings, model.complete)
            if isinstance(planned, Plan):
                await draft(planned, settings, model.complete)

    asyncio.run(walk())
    return model


def _index(asked: dict[str, Request]) -> dict[str, tuple[str, ...]]:
    """Prompt -> reply files by sample; InputError where one prompt has two replies for one sample."""
    found: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for name, request in sorted(asked.items()):
        samples = found[prompt_digest(request.messages)]
        if request.sample in samples:
            raise InputError(f"{samples[request.sample]} and {name} answer the same prompt: one has to go.")
        samples[request.sample] = name
    return {key: tuple(samples[i] for i in range(len(samples))) for key, samples in found.items()}
