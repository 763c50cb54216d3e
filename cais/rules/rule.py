"""A rule: what it is called, what it covers, and the findings that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from cais.findings import Finding
from cais.site.model.values import Unknown, describe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cais.contract import Contract
    from cais.findings import Speed, Subject, Verdict
    from cais.site.model.site import Site
    from cais.site.proof import Proof
    from cais.template import Value


class Claim(Struct, frozen=True, kw_only=True):
    """What a rule claims of one resource, in the words for each way that it can turn out.

    `refuted` completes itself by what the proof found; `fix` says what to do about it. `settle` is the
    command that decides what the templates leave open. `service` and `aspect` are the finding's.
    """

    subject: Subject
    proven: str
    refuted: str
    fix: str
    settle: str = ""
    service: str = ""
    aspect: str = ""
    causes: tuple[str, ...] = ()


class Rule(Struct, frozen=True, kw_only=True):
    """What a rule is, beside its check. `causes` are those of docs/reference/rules that it covers.

    `speed` is "fast" where AWS itself answers within a minute, "slow" where a deployment hangs or cycles.
    """

    id: str
    causes: tuple[str, ...]
    speed: Speed = "slow"

    @property
    def family(self) -> str:
        """The letters of the id, such as "IMG"."""
        return self.id.rstrip("0123456789")

    def proven(self, claim: Claim, *evidence: str) -> Finding:
        """The claim holds."""
        return self._finding("proven", claim, claim.proven, evidence)

    def refuted(self, claim: Claim, *evidence: str, subject: Subject | None = None) -> Finding:
        """It does not: the deployment would not come up, would hang or cycle. `subject` is what to change."""
        return self._finding("refuted", claim, claim.refuted, evidence, fix=claim.fix, subject=subject)

    def advice(self, claim: Claim, *evidence: str) -> Finding:
        """It does not, and the deployment comes up all the same."""
        return self._finding("advice", claim, claim.refuted, evidence, fix=claim.fix)

    def unproven(self, claim: Claim, missing: str, *evidence: str) -> Finding:
        """Nobody can tell without what is `missing`."""
        message = f"Not proven: {claim.proven}. Missing: {missing}"
        return self._finding("unproven", claim, message, evidence, fix=claim.settle)

    def judged(self, claim: Claim, proof: Proof) -> Finding:
        """What a proof says of the claim."""
        if proof.verdict == "proven":
            return self.proven(claim, *proof.steps)
        if proof.verdict == "refuted":
            return self.refuted(claim, *proof.steps, subject=proof.culprit)
        return self.unproven(claim, proof.missing, *proof.steps)

    def _finding(
        self,
        verdict: Verdict,
        claim: Claim,
        message: str,
        evidence: Sequence[str],
        *,
        fix: str = "",
        subject: Subject | None = None,
    ) -> Finding:
        return Finding(
            rule=self.id,
            verdict=verdict,
            subject=subject or claim.subject,
            message=message,
            speed=self.speed,
            causes=claim.causes or self.causes,
            evidence=tuple(evidence),
            fix=fix,
            service=claim.service,
            aspect=claim.aspect,
        )


def shown(value: Value) -> str:
    """A value within the words of a claim; "?" where it is open, and the finding says what is missing."""
    return "?" if isinstance(value, Unknown) else describe(value)


class RuleModule(Protocol):
    """A module that is a rule; its docstring is the rule's page."""

    __name__: str
    __doc__: str | None
    RULE: Rule

    def check(self, site: Site, contract: Contract | None) -> Iterator[Finding]:
        """What the rule says of one world of a deployment."""
        ...
