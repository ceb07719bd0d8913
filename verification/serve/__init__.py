"""The judge over HTTP, for trainers that reward a model for programs that are right.

A request's way
---------------
    app.py        who may ask, and which route it is
    service.py    its body is read (bodies.py: a long one into a file), and parsed (fields.py)
    routes.py     it becomes work: pieces that are submissions, each with a way to be done and to be refused
    engine.py     the work gets a lane; the workers' threads go round the lanes, a piece from each
    delivery.py   the results are written as they come, in order

Two protocols: code_judge.py (X-Coder's `/judge` and `/run`) and sandbox_fusion.py (verl's `/run_code`); each
says what is understood and what is refused. A long batch is cut into its submissions (batches.py) without
being parsed whole, so memory holds what runs, and the results not yet sent, whatever the trainer sends.

Promises
--------
Nothing waits without bound: the short routes admit `most_queued` submissions at once, for `queue_seconds`
each, the long ones `most_long_batches` batches; what is beyond is answered at once (code-judge:
`queue_timeout`, SandboxFusion: 504 with Retry-After; both with no run). Bodies that are being read have
`most_bodies_bytes` in all, MEMORY_BYTES of it in memory; beyond that it is 503 with Retry-After
(SandboxFusion: 504), and one of which nothing comes for a minute is given up (408). No lane starves
another. A client that has gone takes its work with it, all but what runs at that moment, which ends by
its limits. What fails by our fault is said to have failed, never that it is wrong. On SIGTERM or SIGINT
nobody new is let in, what is under way has `grace_seconds` to be done, the rest is refused
(`queue_timeout`; `internal_error` for what ran), and no process is left.
"""

from .server import serve
from .service import Settings

__all__ = ["Settings", "serve"]
