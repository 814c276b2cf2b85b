"""From learned play to verdicts on the claims: shares with intervals, the rule, the page."""
