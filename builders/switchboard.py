"""Which model a request goes to: the recordings where it names them and no address, the network otherwise.

Over the network it goes by the batch API where the endpoint's settings say so.
"""

from pathlib import Path

from synthsmith.builders.model import RECORDED, Model, Reply, Request
from synthsmith.builders.recorded_model import FOLDER, RecordedModel
from synthsmith.builders.settings import Settings
from synthsmith.verification.errors import InputError


class Switchboard:
    """The models of one build behind one front; the SDK of the live ones is loaded only if they are asked.

    `folder` holds the recordings. `out` is the build's folder, where note is kept of batches that are under
    way (in `out/batches`); models with a batch API need it.
    """

    def __init__(self, settings: Settings, folder: Path = FOLDER, out: Path | None = None) -> None:
        self._recorded = RecordedModel(folder) if any(m.recorded for m in settings.models.all()) else None
        self._settings = settings
        self._out = out
        self._live: Model | None = None
        self._batched: Model | None = None
        self.draws = self._recorded.draws if self._recorded and settings.recorded else None

    async def complete(self, request: Request) -> Reply:
        """The reply of the model that the request names."""
        return await self._of(request).complete(request)

    async def close(self) -> None:
        """Let go of all connections."""
        for model in (self._live, self._batched):
            if model is not None:
                await model.close()
        self._live = self._batched = None

    def _of(self, request: Request) -> Model:
        if self._recorded is not None and request.model == RECORDED and not request.endpoints:
            return self._recorded
        if self._settings.by_batch(request.endpoints[0] if request.endpoints else None):
            return self._by_batch()
        if self._live is None:
            from synthsmith.builders.openai_model import OpenAIModel

            self._live = OpenAIModel(self._settings.endpoints, self._settings.concurrency)
        return self._live

    def _by_batch(self) -> Model:
        if self._batched is None:
            if self._out is None:
                raise InputError("A model with a batch API needs a folder for notes of its batches.")
            from synthsmith.builders.batch.model import BatchModel

            self._batched = BatchModel(self._settings.endpoints, self._out / "batches")
        return self._batched
