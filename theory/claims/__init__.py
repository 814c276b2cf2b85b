"""The ledger of claims: what the source argues, as statements that are decided in the model."""
