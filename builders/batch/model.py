"""A model behind a batch API: as the live one, at half the price, and hours later.

What happens to a request, by what the server says of it:

- an answer: a Reply that is `batched`; one of no use is a Reply too, with an error, as of the live model;
- 400, 413, 422 where others were answered: a Reply with an error, for the fault is this prompt's;
- 408, 409, 429, 5xx, not reached before the batch expired, in none of the batch's files: sent again with
  another batch, and TransientError in the end;
- cancelled: TransientError, for somebody wanted it so; a later run sends it again;
- not taken because too much is enqueued: sent again when there is room, by fewer at a time;
- whatever else the server finds wrong with a batch, 401, 403, 404: PermanentError in the server's words.

A build may be killed at any moment: the next run in the same folder waits for the batches that are under way
and sends nothing that was sent already (records.py). Where the server has a batch and does not answer,
it is waited for without end.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from synthsmith.builders.batch.api import PATIENCE, Api, Patience
from synthsmith.builders.batch.lane import Lane
from synthsmith.builders.batch.records import Record, Records
from synthsmith.builders.batch.results import Asked, Hands
from synthsmith.builders.endpoints import Batching, Endpoint
from synthsmith.builders.model import Reply, Request


class BatchModel:
    """The batch APIs of several endpoints; each request names its own. Close it in the loop it ran in.

    `folder` is where it keeps note of its batches; one process at a time may use it. One request with a key
    is to be asked for at a time (the ledger sees to that).
    """

    draws: int | None = None

    def __init__(self, endpoints: Iterable[Endpoint], folder: Path, patience: Patience = PATIENCE) -> None:
        self.folder, self.patience = folder, patience
        self.hands = Hands()
        self._known = {endpoint.base_url: endpoint for endpoint in endpoints}
        self._servers: dict[str | None, _Server] = {}

    async def complete(self, request: Request) -> Reply:
        """The reply; see the module's docstring for what is raised instead."""
        task = asyncio.current_task()
        if task is not None:
            self.hands.put_away(task)
        server = self._server(request.endpoints[0] if request.endpoints else None)
        await asyncio.shield(server.settled)
        asked = Asked(request, request.key, asyncio.get_running_loop().create_future(), task)
        server.ask(asked)
        return await asked.future

    async def close(self) -> None:
        """Close the connections; batches that are under way go on at the server."""
        for server in self._servers.values():
            await server.close()
        self._servers.clear()

    def _server(self, address: str | None) -> "_Server":
        if address not in self._servers:
            endpoint = self._known.get(address) or Endpoint(address)
            api = Api(endpoint, endpoint.batch or Batching(), self.patience)
            self._servers[address] = _Server(api, Records(self.folder, api.address), self.hands)
        return self._servers[address]


class _Server:
    """An endpoint at work: a lane for each model. `settled`: of every record it is known what came of it."""

    def __init__(self, api: Api, records: Records, hands: Hands) -> None:
        self.api, self.records, self.hands = api, records, hands
        self.lanes: dict[str, Lane] = {}
        for record in records:
            api.reached = True  # it has answered before: where it does not now, that will pass
            api.served |= record.served
        self.settled = asyncio.ensure_future(self._settle([each for each in records if not each.batch]))

    def ask(self, asked: Asked) -> None:
        """Send the request, or have it answered from the batch that it was sent with by an earlier run."""
        lane = self.lanes.get(asked.request.model)
        if lane is None:
            lane = Lane(self.api, self.records, asked.request.model, self.hands)
            self.lanes[asked.request.model] = lane
        record = self.records.find(asked.key)
        if record is None:
            lane.ask([asked])
        else:
            lane.attach(record, asked)

    async def close(self) -> None:
        """Wait for nothing any more."""
        self.settled.cancel()
        for lane in self.lanes.values():
            await lane.close()
        await self.api.close()

    async def _settle(self, unknown: list[Record]) -> None:
        """Find out which batches were made just before a run ended, and forget those that were not.

        The server may still be busy making one, so it is asked a second time, a little later.
        """
        for seconds in (self.api.batching.poll_seconds, 0.0):
            if not unknown:
                return
            made = await self.api.made()
            for record in unknown:
                batch = made.get(record.token) or made.get(record.file)
                if batch:
                    self.records.update(record, batch=batch)
            unknown = [record for record in unknown if record.token not in made and record.file not in made]
            await asyncio.sleep(seconds if unknown else 0.0)
        for record in unknown:
            self.records.drop(record)
