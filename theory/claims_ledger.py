"""The claims that theory decides, in the order of the ledger."""

from olivebranch.theory.claims import Claim
from olivebranch.theory.claims_changes import C5, C6, C7
from olivebranch.theory.claims_demonstration import C4
from olivebranch.theory.claims_talks import C1, C2, C3
from olivebranch.theory.claims_terms import C8, C9

CLAIMS: tuple[Claim, ...] = (C1, C2, C3, C4, C5, C6, C7, C8, C9)
