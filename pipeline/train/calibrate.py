"""Probability calibration on held-out sentences."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 (the field's usual name)


def fit_calibration(logits: torch.Tensor, labels: torch.Tensor) -> tuple[float, tuple[float, ...]]:
    """Temperature and class bias that minimise the negative log-likelihood.

    Args:
        logits: ``(n, classes)`` raw outputs.
        labels: ``(n,)`` class numbers.

    Returns:
        Temperature > 0 and a bias per class, so that ``softmax((logits + bias) / temperature)``
        is calibrated (Guo et al. 2017, sec. 4.2: temperature and bias-corrected scaling).
    """
    log_temperature = torch.zeros(1, requires_grad=True)
    bias = torch.zeros(logits.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([log_temperature, bias], lr=0.5, max_iter=200)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        scaled = (logits + bias) / log_temperature.exp()
        loss = F.cross_entropy(scaled, labels) + 1e-3 * bias.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    temperature = round(float(log_temperature.detach().exp()), 4)
    return temperature, tuple(round(float(b), 4) for b in bias.detach())
