"""Which model a request goes to: the recordings where it names them and no address, the network otherwise."""

from pathlib import Path

from synthsmith.builders.model import RECORDED, Model, Reply, Request
from synthsmith.builders.recorded_model import FOLDER, RecordedModel
from synthsmith.builders.settings import Settings


class Switchboard:
    """The models of one build behind one front; the SDK of the live one is loaded only if it is asked."""

    def __init__(self, settings: Settings, folder: Path = FOLDER) -> None:
        self._recorded = RecordedModel(folder) if any(m.recorded for m in settings.models.all()) else None
        self._settings = settings
        self._live: Model | None = None
        self.draws = self._recorded.draws if self._recorded and settings.recorded else None

    async def complete(self, request: Request) -> Reply:
        """The reply of the model that the request names."""
        return await self._of(request).complete(request)

    async def close(self) -> None:
        """Let go of all connections."""
        if self._live is not None:
            await self._live.close()
            self._live = None

    def _of(self, request: Request) -> Model:
        if self._recorded is not None and request.model == RECORDED and not request.endpoints:
            return self._recorded
        if self._live is None:
            from synthsmith.builders.openai_model import OpenAIModel

            self._live = OpenAIModel(self._settings.endpoints, self._settings.concurrency)
        return self._live
