"""An attempt whose every text would run, fetch or mislead, were it taken for more than text."""

from dataclasses import replace

from made_attempts import certificate, made, solution, task
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.inputs import Dropped
from synthsmith.builders.model import Unread
from synthsmith.verification.certificate import Answer, Ballots
from synthsmith.verification.decision import Reason, Rejected
from synthsmith.verification.types import Case, Kind

RUN = "window.ran = 1"
ATTACKS = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror='{RUN}'>",
    f"<svg/onload='{RUN}'>",
    f"</script><script>{RUN}</script>",
    f"<!--<script>{RUN}//",
    "</pre></template></style><iframe srcdoc='<script>parent.ran=1</script>'>",
    f'" autofocus onfocus="{RUN}" x="',
    f"[click](javascript:{RUN}) <javascript:{RUN}> ![p](https://evil.example/p.png)",
    "[a]: https://evil.example/ \n\n[a] <https://evil.example/b> https://evil.example/c",
    f"$\\href{{javascript:{RUN}}}{{x}}$ $\\text{{<img src=x onerror={RUN}>}}$",
    "$\\style{background:url(//evil.example)}{y}$",
    f"```html onload={RUN}\n<script>{RUN}</script>\n```",
    "{{ 7 * 191 }}{% raw %}",
    "&lt;script&gt; &#60;script&#62;",
    "\u2028\u2029 \u202eevil\u202c \u2066x\u2069 \x00\x1b[31m \ufeff",
    "𝒰𝓃𝒾𝒸ℴ𝒹ℯ, 日本語, עברית, 👩‍💻, e\u0301",
)
TEXT = "\n\n".join(ATTACKS)
LATEX = r"""Given $1 \le n \le 2 \cdot 10^5$ and \(a_i\), for $5 and $6, print
$$\sum_{i=1}^{n} \left\lfloor \frac{a_i}{2} \right\rfloor$$ or $\frac{$."""


def hostile(index: int) -> Attempt:
    """The attempt; its statement is also longer than anybody reads."""
    code = f'print("{ATTACKS[0]}")  # {ATTACKS[3]} \u202e\u2028'
    solutions = tuple(replace(solution(number, code + "#" * number), reply=TEXT) for number in (1, 2, 3))
    rates = {"s1": 0.5, "s2": 0.25, "s3": 0.75}
    ways = (Answer(TEXT, len(TEXT.encode()), True), Answer(f"1.0 {TEXT}", 9999, False))
    cast = {name: (n % 2,) * 5 for n, name in enumerate(rates)}
    proof = replace(certificate(rates), ballots=Ballots((ways,) * 5, cast))
    cases = tuple(Case(f"p{n}", TEXT, Kind.NOMINAL, stated=TEXT if n == 1 else None) for n in range(1, 5))
    return Attempt(
        index=index,
        draw=f"0:{index}",
        style="codeforces",
        drawn=ATTACKS,
        task=replace(
            task("task-hostile"),
            statement=f"# {ATTACKS[0]}\n\n{LATEX}\n\n{TEXT}\n\n{'x' * 1_000_000}",
            features=ATTACKS,
        ),
        outcome=Rejected(Reason.UNSURE, TEXT, proof),
        solutions=solutions,
        cases=cases,
        unread=(Unread("solution", 7, TEXT, "…", ATTACKS[1]),),
        dropped=(Dropped("g3", TEXT, TEXT),),
        settings="0" * 64,
    )


def with_hostile() -> tuple[Attempt, ...]:
    return (*made(), hostile(7))
