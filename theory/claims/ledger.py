"""The claims that theory decides, in the order of the ledger."""

from olivebranch.theory.claims.changes import C5, C6, C7
from olivebranch.theory.claims.checking import Claim
from olivebranch.theory.claims.demonstration import C4
from olivebranch.theory.claims.talks import C1, C2, C3
from olivebranch.theory.claims.terms import C8, C9

CLAIMS: tuple[Claim, ...] = (C1, C2, C3, C4, C5, C6, C7, C8, C9)
