"""From what a task was made: the prompts that were answered for it, and who answered.

It is written down as the answers come, by whoever asks for one task, so it hangs on nothing else: a prompt
that was refused or answered with nothing is not in it, nor is a setting that no request had. Answers from the
ledger count like new ones, so a build that was resumed says the same.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata

from synthsmith.builders.asking import Ask
from synthsmith.builders.model import Decoding, Reply, Request, digest


@dataclass(frozen=True, slots=True)
class Answering:
    """A model by the name that it answers to, the digest of how it was sampled, and the stages it served.

    `sampling` is the SHA-256 of the canonical JSON of `Decoding`: temperature, top_p, top_k, min_p,
    max_tokens, extra_body; None stands for what was left to the server.
    """

    model: str
    sampling: str
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """SynthSmith's version, the SHA-256 of each template that was answered, by its name, and the models."""

    synthsmith: str
    templates: dict[str, str]
    models: tuple[Answering, ...]


class Asked:
    """Asks for one task and keeps in mind what was answered."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._templates: dict[str, str] = {}
        self._stages: defaultdict[tuple[str, str], set[str]] = defaultdict(set)

    async def __call__(self, request: Request) -> Reply:
        """The reply, as it was asked for."""
        reply = await self._ask(request)
        if not reply.error:
            self._templates[request.template] = request.template_digest
            self._stages[reply.model, sampling_digest(request.decoding)].add(request.stage)
        return reply

    def provenance(self) -> Provenance:
        """What was answered so far, whatever the order in which it came."""
        models = (Answering(*who, tuple(sorted(stages))) for who, stages in sorted(self._stages.items()))
        return Provenance(version(), dict(sorted(self._templates.items())), tuple(models))


def made_elsewhere() -> Provenance:
    """That of a task of which only the verification is ours."""
    return Provenance(version(), {}, ())


def sampling_digest(decoding: Decoding) -> str:
    """The SHA-256 by which a certificate names the parameters of sampling."""
    return digest(asdict(decoding))


@cache
def version() -> str:
    """SynthSmith's own version."""
    return metadata.version("synthsmith")
