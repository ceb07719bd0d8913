"""What each key of a row's certificate and ballots means, for the cards; `[]` stands for each part of a list.

A test holds both beside what `builders/rows/certificates.py` writes, so that no key goes without a word.
"""

CERTIFICATE: dict[str, str] = {
    "votes[]": "One for each case, decided or not:",
    "votes[].case": "its id;",
    "votes[].cast": "the ballots: how many distinct programs gave an answer, brute force too;",
    "votes[].support": "how many of these gave the most probable answer;",
    "votes[].runner_up": "how many gave the largest other one;",
    "votes[].margin": "the difference of the two;",
    "votes[].probability": "how probably the most probable answer is right (by `majority`, its share);",
    "votes[].decided": "whether it became the label.",
    "distinct_programs": "Candidates' programs; those that differ in layout and comments alone count once.",
    "voters": "Programs that voted, near-copies counted once.",
    "independent_programs": "For how many of these they count, given how alike they are.",
    "pass_rates": "By candidate, the share of the decided cases that it passes.",
    "scores": "By candidate, the sum of the weights of the cases passed that are not held out (equation 2).",
    "hold_out_cases": "The decided cases that were held out (Algorithm 1).",
    "hold_out_accuracy": "By candidate, the share of these that it passes.",
    "golden_probabilities": "By candidate, how probably it is right on all cases.",
    "limits": "What one run could use: `cpu_seconds`, `wall_seconds` (null: 3 times that and 2), "
    "`memory_mb`, `output_bytes` each of stdout and stderr, `processes`.",
    "seed": "From it the hold-out and the mutants are drawn; in a build it hangs on `draw` alone.",
    "rules": "What was asked for: `method`, `label_precision`, `golden_precision`, `weights`, `min_decided`, "
    "`seed`.",
    "isolated": "Whether the sandbox's documented minimum of walls stood (null: not on record).",
    "sandbox": "Null where it was not put on record:",
    "sandbox.version": "its version, the interpreter's, and flags of the compiler where they are not usual;",
    "sandbox.layers": "the walls that held on the machine where programs ran.",
    "anchors[]": "What else speaks for a label, or against it:",
    "anchors[].case": "the case;",
    "anchors[].source": "`sample` (the statement's own output) or the id of a brute-force program;",
    "anchors[].agrees": "whether it agrees; null where it has no word.",
    "suite": "What the decided cases find out; null where that was not measured:",
    "suite.order": "the cases, what adds most first;",
    "suite.kills": "how many wrong candidates each of these fails;",
    "suite.mutant_kills": "how many mutants of the golden program;",
    "suite.needed": "how many at the head of the order fail all that the whole fails;",
    "suite.kept": "how many are tests in `rl`;",
    "suite.wrong": "programs that gave another answer than a label or the golden program, or (data made "
    "elsewhere) are stated as wrong;",
    "suite.wrong_killed": "those of them that a case fails;",
    "suite.missed": "the others, by their first candidate;",
    "suite.kill_rate": "the share of them that a case fails (TNR);",
    "suite.right": "the other programs, the golden among them;",
    "suite.right_failed": "those of them that a case fails, mostly for time, memory or a crash;",
    "suite.false_kill_rate": "their share (1 - TPR);",
    "suite.mutants": "programs made from the golden one by one small change each; null where it is in C++;",
    "suite.mutants_killed": "those of them that a case fails;",
    "suite.survivors": "what was changed in the others, some of which may be right;",
    "suite.weak": "whether too small a share of all these is failed.",
    "provenance": "What the task was made of; null where it was not put on record:",
    "provenance.synthsmith": "the version of SynthSmith;",
    "provenance.templates": "SHA-256 of each prompt template that was answered for the task, by its name;",
    "provenance.models[]": "who answered:",
    "provenance.models[].model": "the name that the model answers to;",
    "provenance.models[].sampling": "SHA-256 of the canonical JSON of its sampling (`temperature`, `top_p`, "
    "`top_k`, `min_p`, `max_tokens`, `extra_body`; null: left to the server);",
    "provenance.models[].stages": "what it was asked for.",
}

# Of the column `ballots`, which `attempts` alone has.
BALLOTS: dict[str, str] = {
    "answers[][]": "For each case, in the order of the certificate's `votes`, the different answers to it. "
    "Those that the vote takes for one are one here, unless only some of them are within the tolerance of "
    "the label. The one that most distinct programs gave comes first, of equally frequent ones that of the "
    "smallest id. Of each:",
    "answers[][].head": "its first 200 bytes as text, as the smallest id that gave it wrote it;",
    "answers[][].length": "how many bytes it has in all;",
    "answers[][].passes": "whether it is right by the label; null where there is none.",
    "cast": "By the id of each program, of those without a vote too (near-copies, those that contradict a "
    "sample of the statement), for each case: the number of the answer that it gave, counted from 0, or how "
    "its run ended: `crash`, `time`, `memory`, `output`, `compile`, `internal` (a fault of the judge, which "
    "counts for nothing) or `unrun` (brute force on large inputs).",
}
