"""The instruments with which the live client is tried: they do what they say, and the same every time."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from accounting import accounts
from faulty import Asked, Exchange, Faulty, faulty
from killing import Recorded
from model_server import ModelServer, model_serving
from standin import StandIn
from synthsmith.builders.drafts import Draft, Draw, Plan, draft, plan
from synthsmith.builders.growth import grow
from synthsmith.builders.model import Reply, Request, prompt_digest
from synthsmith.builders.pairs import PairSource
from synthsmith.builders.reading import Reading
from synthsmith.builders.recorded_model import FOLDER, PAIRS
from synthsmith.builders.recordings import prompts
from synthsmith.builders.sampling import Sampler
from synthsmith.builders.settings import Settings
from trouble import Fault, Trouble

NAME = "tasks/00-quarry-porter/statement.md"
HUNG = 0.5  # seconds that a client waits for what does not come
CUT = (httpx.RemoteProtocolError, httpx.ReadError)


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_serving() as server:
        yield server


@pytest.fixture(scope="module")
def request_body() -> dict[str, object]:
    message = prompts()[NAME].messages[0]
    return {"model": "any", "messages": [{"role": message.role, "content": message.content}]}


def text() -> str:
    return (FOLDER / NAME).read_text().removesuffix("\n")


def ask(proxy: Faulty, body: dict[str, object], *, stream: bool, seconds: float = 60) -> httpx.Response:
    """What an ordinary client gets."""
    url = f"{proxy.url}/chat/completions"
    return httpx.post(url, json={**body, "stream": stream}, timeout=seconds)


def said(answer: httpx.Response) -> str:
    """The text in a stream."""
    events = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    deltas = [json.loads(event)["choices"][0]["delta"] for event in events if event != "[DONE]"]
    return "".join(delta.get("content", "") for delta in deltas)


def test_without_faults_the_answer_goes_through_and_is_noted(
    server: ModelServer, request_body: dict[str, object]
) -> None:
    with faulty(server.url, Trouble(share=0)) as proxy:
        assert httpx.get(f"{proxy.url}/models").json()["data"][0]["id"] == "recorded"
        plain = ask(proxy, request_body, stream=False).json()
        assert plain["choices"][0]["message"]["content"] == text()
        streamed = ask(proxy, request_body, stream=True)
        assert said(streamed) == text()
        assert streamed.text.endswith("data: [DONE]\n\n")
    asked = ((prompt_digest(prompts()[NAME].messages), 0),)
    noted = Exchange(0, asked, None, status=200, texts=(text(),), sent=True, taken=True)
    assert proxy.log[0] == noted
    assert [each.answered for each in proxy.log] == [True, True]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", Fault)
def test_each_fault_looks_to_a_client_like_what_it_is(
    server: ModelServer, request_body: dict[str, object], fault: Fault, stream: bool
) -> None:
    trouble = Trouble(share=1, kinds=(fault,), hang_seconds=60)
    with faulty(server.url, trouble) as proxy:
        if fault in (Fault.HUNG, Fault.HUNG_IN_BODY):
            with pytest.raises(httpx.ReadTimeout):
                ask(proxy, request_body, stream=stream, seconds=HUNG)
        elif fault.startswith("cut"):
            with pytest.raises(CUT):
                ask(proxy, request_body, stream=stream)
        else:
            answer = ask(proxy, request_body, stream=stream)
            status = 429 if fault in (Fault.BUSY, Fault.BUSY_FOR) else 200
            assert answer.status_code == (int(fault) if fault[0] == "5" else status)
            assert ("retry-after" in answer.headers) == (fault is Fault.BUSY_FOR)
            assert text() not in answer.text
    [noted] = proxy.log
    assert (noted.fault, noted.sent, noted.answered) == (fault, False, False)


@pytest.mark.parametrize("stream", [False, True])
def test_a_reply_is_cut_short_by_its_prompt_alone(
    server: ModelServer, request_body: dict[str, object], stream: bool
) -> None:
    with faulty(server.url, Trouble(share=0, cut_short=1)) as proxy:
        answer = ask(proxy, request_body, stream=stream)
    assert '"length"' in answer.text
    assert '"stop"' not in answer.text
    found = said(answer) if stream else answer.json()["choices"][0]["message"]["content"]
    assert text().startswith(found)
    assert 0.4 * len(text()) < len(found) < 0.6 * len(text())
    assert proxy.log[0].texts == (found,)
    some = [Trouble(seed=seed, cut_short=0.5).cuts_short("ab", 3) for seed in range(100)]
    assert 30 < sum(some) < 70
    assert some == [Trouble(seed=seed, cut_short=0.5).cuts_short("ab", 3) for seed in range(100)]


def test_faults_depend_on_seed_and_number_and_come_as_often_as_asked_for() -> None:
    faults = [Trouble(seed=1, share=0.3).fault(number) for number in range(3000)]
    assert faults == [Trouble(seed=1, share=0.3).fault(number) for number in range(3000)]
    assert faults != [Trouble(seed=2, share=0.3).fault(number) for number in range(3000)]
    counts = Counter(faults)
    assert 800 < 3000 - counts.pop(None) < 1000
    assert counts.keys() == set(Fault)


def test_the_stand_in_answers_draws_that_were_never_recorded_with_tasks_that_can_be_built() -> None:
    standin, settings = StandIn(), Settings()

    async def complete(request: Request) -> Reply:
        assert request.sample < standin.held(request.messages)
        return standin.reply(request.messages, request.sample)

    async def drafts() -> list[object]:
        pairs = Reading(PairSource(path=str(FOLDER / PAIRS), id="id"))
        sampler = Sampler((await grow(pairs, settings, complete)).tree, settings.sampling)
        draws = [Draw(number, f"0:{number}", "") for number in range(24, 64)]
        plans = [await plan(draw, sampler, settings, complete) for draw in draws]
        return [await draft(each, settings, complete) for each in plans if isinstance(each, Plan)]

    made = [each for each in asyncio.run(drafts()) if isinstance(each, Draft)]
    assert len(made) >= 36
    assert len({each.task.statement for each in made}) == len(made)


ONE, OTHER = ("ab", 0), ("ab", 1)
RIGHT = Exchange(0, (ONE,), None, status=200, texts=("yes",), sent=True)
CUT_OFF = Exchange(1, (ONE,), Fault.CUT_IN_BODY, status=200, texts=("yes",))
HELD, FAILED = Recorded("ab", 0, "yes"), Recorded("ab", 0, None)


@pytest.mark.parametrize(
    ("log", "ledger", "wrong"),
    [
        ([RIGHT], [HELD], {}),
        ([CUT_OFF, RIGHT], [HELD], {}),
        ([CUT_OFF], [HELD], {}),  # all of it was there
        ([CUT_OFF], [FAILED], {}),
        ([RIGHT, RIGHT], [HELD], {"twice": (ONE,)}),
        ([RIGHT], [], {"lost": (ONE,), "silent": (ONE,)}),
        ([RIGHT], [FAILED], {"lost": (ONE,)}),
        ([RIGHT], [Recorded("ab", 0, "ye")], {"made_up": (ONE,)}),
        ([RIGHT], [HELD, Recorded("ab", 1, "yes")], {"made_up": (OTHER,)}),
        ([CUT_OFF], [], {"silent": (ONE,)}),
    ],
)
def test_the_accounts_show_what_was_lost_paid_twice_or_made_up(
    log: list[Exchange], ledger: list[Recorded], wrong: dict[str, tuple[Asked, ...]]
) -> None:
    found = accounts(log, ledger)
    names = ("twice", "lost", "made_up", "silent")
    assert {name: getattr(found, name) for name in names if getattr(found, name)} == wrong
    assert found.balanced == (not wrong)


def test_a_stream_that_is_cut_after_the_last_word_has_told_the_whole_reply(
    server: ModelServer, request_body: dict[str, object]
) -> None:
    trouble = Trouble(share=1, kinds=(Fault.CUT_AT_END,))
    heard: list[bytes] = []
    with faulty(server.url, trouble) as proxy, httpx.Client(timeout=60) as client:
        url, body = f"{proxy.url}/chat/completions", {**request_body, "stream": True}
        with client.stream("POST", url, json=body) as answer, pytest.raises(CUT):
            heard.extend(answer.iter_raw())
    events = [
        json.loads(line.removeprefix("data: ")) for line in b"".join(heard).decode().split("\n\n") if line
    ]
    choices = [event["choices"][0] for event in events]
    assert "".join(choice["delta"].get("content", "") for choice in choices) == text()
    assert choices[-1]["finish_reason"] == "stop"
