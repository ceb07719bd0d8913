"""From a task to its candidate solutions: several independent replies to one prompt, kept only if readable.

Readable means: the reply ended by itself, its reasoning is complete, the final answer holds exactly one
Python block (drafts inside the reasoning do not count), the program parses, and the method that was asked for
is there (arXiv 2601.06953, appendix C.1). Whether it is right is for verification to say.

Beside them one brute-force program is asked for, by a prompt of its own and of the model that writes the
tests: as plain as can be and as slow as it likes. It is no candidate: its say is on small cases, and nobody
is trained on it.
"""

import ast
from collections import Counter
from collections.abc import Sequence

from synthsmith.builders.model import Reply, Request, Unread
from synthsmith.builders.settings import Settings
from synthsmith.builders.tasks import Task
from synthsmith.prompts import ReplyError, code_block, final_answer, render
from synthsmith.verification.programs import parse
from synthsmith.verification.types import Language, Purpose, Signature, Solution

STAGE = "solution"
PROXY = "proxy"  # the stage of those who only show how hard a task is
BRUTE = "brute"  # its stage, its template, and the id of its program


def prompt(task: Task) -> str:
    """What a solver is told: the text of every request for a solution of this task."""
    return render("solution", **_values(task))


def ask_solutions(settings: Settings, draw: str, task: Task) -> tuple[Request, ...]:
    """One request per candidate; the models take turns, and each numbers its own samples of the prompt."""
    return _requests(settings, draw, task)[: settings.solutions]


def ask_proxies(settings: Settings, draw: str, task: Task) -> tuple[Request, ...]:
    """As many requests of each proxy, proxy by proxy; of a model that writes candidates other samples."""
    return _requests(settings, draw, task)[settings.solutions :]


def _requests(settings: Settings, draw: str, task: Task) -> tuple[Request, ...]:
    models = settings.models
    turns = [(STAGE, models.solution[place % len(models.solution)]) for place in range(settings.solutions)]
    turns += [(PROXY, model) for model in models.proxies for _ in range(settings.verification.proxy_samples)]
    values = _values(task)
    samples: Counter[object] = Counter()
    requests = []
    for stage, model in turns:
        who = (model.name, model.decoding())  # one model at two endpoints is one model
        requests.append(model.request(stage, draw, "solution", values, samples[who]))
        samples[who] += 1
    return tuple(requests)


def read_solutions(
    replies: Sequence[Reply], task: Task, stage: str = STAGE
) -> tuple[tuple[Solution, ...], tuple[Unread, ...]]:
    """The readable candidates, named s1, s2, ... by their place, and the replies that are none."""
    solutions, unread = [], []
    for sample, reply in enumerate(replies):
        try:
            code = read_program(reply, reasoned=True)
            check_entry(code, task.signature)
        except ReplyError as error:
            unread.append(Unread(stage, sample, str(error), reply.text, reply.model))
        else:
            solutions.append(Solution(f"s{sample + 1}", code, Language.PYTHON, reply.text, reply.model))
    return tuple(solutions), tuple(unread)


def ask_brute(settings: Settings, draw: str, task: Task) -> tuple[Request, ...]:
    """The request for a brute-force program, where the settings ask for one."""
    values = {"statement": task.statement, "starter_code": task.starter_code}
    return (settings.models.cases.request(BRUTE, draw, BRUTE, values),) if settings.brute_force else ()


def read_brute(replies: Sequence[Reply], task: Task) -> tuple[tuple[Solution, ...], tuple[Unread, ...]]:
    """The brute-force program in the replies (one or none), or the reply that holds none."""
    found, unread = [], []
    for reply in replies:
        try:
            code = read_program(reply)
            check_entry(code, task.signature)
        except ReplyError as error:
            unread.append(Unread(BRUTE, 0, str(error), reply.text, reply.model))
        else:
            found.append(Solution(BRUTE, code, Language.PYTHON, reply.text, reply.model, Purpose.BRUTE))
    return tuple(found), tuple(unread)


def read_program(reply: Reply, *, reasoned: bool = False) -> str:
    """The program in the final answer's one Python block; ReplyError where there is none that parses."""
    if reply.error:
        raise ReplyError(reply.error)
    code = code_block(final_answer(reply.text, reasoned=reasoned))
    _parse(code)
    return code


def check_entry(code: str, signature: Signature | None) -> None:
    """Nothing, or ReplyError where the class or the method that is to be called is not in the program."""
    if signature is None:
        return
    body = _parse(code).body
    if signature.class_name:
        classes = [
            node for node in body if isinstance(node, ast.ClassDef) and node.name == signature.class_name
        ]
        if not classes:
            raise ReplyError(f"the program has no class {signature.class_name}")
        body = classes[-1].body
    if not any(isinstance(node, ast.FunctionDef) and node.name == signature.method for node in body):
        raise ReplyError(f"the program has no method {signature.method}")


def _parse(code: str) -> ast.Module:
    try:
        return parse(code)
    except SyntaxError as error:
        raise ReplyError(f"the program does not parse: line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes, endless length or nesting
        raise ReplyError(f"the program does not parse: {error or type(error).__name__}") from None


def _values(task: Task) -> dict[str, object]:
    return {"statement": task.statement, "style": task.style, "starter_code": task.starter_code}
