"""Certificates as rows hold them: JSON texts with all that follows from them."""

import json
from dataclasses import asdict, replace

from synthsmith.builders.provenance import Provenance
from synthsmith.verification.certificate import Certificate


def certificate_text(certificate: Certificate, provenance: Provenance | None) -> str:
    """The certificate as JSON, with all that follows from it and with what the task was made of.

    Voted outputs are left out, for they stand with the cases; so are the ballots, which would make rows of
    `rl` large and have a column of `attempts` to themselves.
    """
    shown = asdict(replace(certificate, ballots=None))
    del shown["ballots"]
    for vote, shown_vote in zip(certificate.votes, shown["votes"], strict=True):
        del shown_vote["output"]
        shown_vote |= {"decided": vote.output is not None, "margin": vote.margin}
    if certificate.suite is not None:
        rates = {name: getattr(certificate.suite, name) for name in ("kill_rate", "false_kill_rate")}
        shown["suite"] |= rates
    shown["provenance"] = asdict(provenance) if provenance else None
    return _compact(shown)


def ballots_text(certificate: Certificate) -> str | None:
    """The ballots as JSON; null where they were not kept."""
    return _compact(asdict(certificate.ballots)) if certificate.ballots else None


def _compact(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
