"""Probability calibration on held-out sentences."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812 (the field's usual name)
from sklearn.linear_model import LogisticRegression


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


def fit_logistic(
    features: npt.NDArray[np.float64], wanted: npt.NDArray[np.bool_]
) -> tuple[float, ...]:
    """Weights of a logistic regression, one a feature; all 0 examples or all 1 give none.

    Args:
        features: ``(n, k)``, with a column of ones where an intercept is wanted.
        wanted: ``(n,)``.
    """
    if wanted.all() or not wanted.any():
        return ()
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=1000).fit(features, wanted)
    return tuple(round(float(weight), 4) for weight in model.coef_[0])
