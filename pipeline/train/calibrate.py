"""Probability calibration on held-out sentences."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 (the field's usual name)


def fit_temperature(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """Temperature that minimises the negative log-likelihood.

    Args:
        logits: ``(n, classes)`` raw outputs.
        labels: ``(n,)`` class numbers.

    Returns:
        Temperature > 0, so that ``softmax(logits / temperature)`` is calibrated and the likeliest
        class stays the same (Guo et al. 2017, sec. 4.2).
    """
    log_temperature = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_temperature], lr=0.5, max_iter=200)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = F.cross_entropy(logits / log_temperature.exp(), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return round(float(log_temperature.detach().exp()), 4)


def best_threshold(probabilities: torch.Tensor, labels: torch.Tensor) -> float:
    """One threshold for all binary labels ``(n, labels)``, best by macro-F1, in steps of 0.05."""

    def macro(threshold: float) -> float:
        guess = (probabilities >= threshold).float()
        both = (guess * labels).sum(0)
        return float((2 * both / (guess.sum(0) + labels.sum(0)).clamp(min=1)).mean())

    return max((step / 20 for step in range(1, 20)), key=macro)
