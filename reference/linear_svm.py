"""Writes test/golden/linear-svm.json: scikit-learn's LinearSVC (LIBLINEAR, dual, squared hinge) on vectors made by a counter.

    python reference/linear_svm.py
"""
import json
import pathlib

import numpy as np
from sklearn.svm import LinearSVC

COUNT, WIDTH = 60, 6


def vectors(classes):
    rows = [[((i * 7919 + j * 10473 + i * j * 31) % 1000) / 500 - 1 + (0.8 if j == i % classes else 0) for j in range(WIDTH)] for i in range(COUNT)]
    return np.array(rows), [f"c{i % classes}" for i in range(COUNT)]


cases = []
for classes in (2, 4):
    x, y = vectors(classes)
    for cost, bias in ((0.01, True), (1, True), (10, True), (1, False)):
        svm = LinearSVC(C=cost, tol=1e-9, max_iter=100_000, dual=True, random_state=0, fit_intercept=bias).fit(x, y)
        biases = svm.intercept_.tolist() if bias else [0.0] * len(svm.coef_)
        cases.append({
            "classes": classes, "cost": cost, "bias": bias,
            "weights": svm.coef_.tolist(), "biases": biases, "predicted": svm.predict(x).tolist(),
        })
path = pathlib.Path(__file__).parent.parent / "test/golden/linear-svm.json"
path.write_text(json.dumps({"count": COUNT, "width": WIDTH, "cases": cases}) + "\n")
