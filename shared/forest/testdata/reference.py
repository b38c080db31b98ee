"""Writes sklearn.json: CART trees on a fixed small case, by scikit-learn.

Run with Debian's python3-sklearn (1.2.1): python3 reference.py > sklearn.json
40 rows of 3 features with two decimals, drawn by numpy's RandomState(11), and
targets without ties; 8 leaves, grown best first, at least 2 rows per leaf, no bootstrap.
Predictions are for the training rows. Below the root the same parting of a
node's rows may be written with another threshold between the same two rows, or
with another feature, so that splits are given by the rows that they part.
"""
import json
import numpy as np
import sklearn
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

rng = np.random.RandomState(11)
x = np.round(rng.uniform(-2, 2, (40, 3)), 2)
y = np.round(np.sin(2 * x[:, 0]) + x[:, 1] * (x[:, 2] > 0.3) + rng.normal(0, 0.1, 40), 3)
label = np.digitize(y, [-0.5, 0.5])
regressor = DecisionTreeRegressor(max_leaf_nodes=8, min_samples_leaf=2, random_state=0).fit(x, y)
classifier = DecisionTreeClassifier(max_leaf_nodes=8, min_samples_leaf=2, random_state=0).fit(x, label)


def splits(model):
    """Root, and the rows that each split sends to either side, the side with the lowest row first."""
    tree = model.tree_
    reached = model.decision_path(x).toarray().astype(bool)
    parts = [sorted(np.flatnonzero(reached[:, c]).tolist() for c in (tree.children_left[n], tree.children_right[n]))
             for n in range(tree.node_count) if tree.children_left[n] >= 0]
    return {"feature": int(tree.feature[0]), "threshold": float(tree.threshold[0]), "parts": sorted(parts)}


print(json.dumps({
    "sklearn": sklearn.__version__, "x": x.flatten().tolist(), "y": y.tolist(), "label": label.tolist(),
    "regressor": splits(regressor) | {"prediction": regressor.predict(x).tolist()},
    "classifier": splits(classifier) | {"prediction": classifier.predict_proba(x).flatten().tolist()}}))
