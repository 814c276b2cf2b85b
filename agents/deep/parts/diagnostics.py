"""Numbers that tell how an update of a network went; they change nothing that is learned."""

import torch


def policy_diagnostics(
    logs: torch.Tensor, old_logs: torch.Tensor, situation: torch.Tensor, action: torch.Tensor, clip: float
) -> dict[str, float]:
    """How far the policy moved on the decisions of a batch, and how mixed it is.

    Args:
        logs, old_logs: logarithms of probabilities after and before, ``[n_situations, n_actions]``; very negative where
            an action is not legal.
        situation, action: of each decision, ``[n]``.
        clip: a ratio of probabilities counts as clipped beyond 1 - clip and 1 + clip.

    Returns:
        ``kl``, the mean divergence of the old policy from the new one, in nats; ``clip_fraction``, the share of
        decisions whose ratio is beyond the clip; ``entropy``, the mean of the new policy's, in nats.
    """
    met = torch.bincount(situation, minlength=len(logs)) / len(situation)
    old = old_logs.exp()
    kl = (met * (old * (old_logs - logs)).sum(dim=1)).sum()
    ratio = (logs - old_logs)[situation, action].exp()
    entropy = -(met * (logs.exp() * logs).sum(dim=1)).sum()
    return {
        "kl": float(kl),
        "clip_fraction": float(((ratio - 1).abs() > clip).float().mean()),
        "entropy": float(entropy),
    }


def explained_variance(value: torch.Tensor, target: torch.Tensor) -> float:
    """Which share of the targets' variance the critic's values foresaw: at most 1, 0 if they are constant.

    It is 0 also where there is nothing to foresee.
    """
    spread = target.var(correction=0)
    return float(1 - (target - value).var(correction=0) / spread) if spread > 0 else 0.0
