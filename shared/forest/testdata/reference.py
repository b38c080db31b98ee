"""Writes sklearn.json: CART trees on a fixed small case, by scikit-learn.

Run with Debian's python3-sklearn (1.2.1): python3 reference.py > sklearn.json
40 rows of 3 features with two decimals, drawn by numpy's RandomState(11), and
targets without ties; depth 3, at least 2 rows per leaf, no bootstrap.
Predictions are for the training rows.
"""
import json
import numpy as np
import sklearn
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

rng = np.random.RandomState(11)
x = np.round(rng.uniform(-2, 2, (40, 3)), 2)
y = np.round(np.sin(2 * x[:, 0]) + x[:, 1] * (x[:, 2] > 0.3) + rng.normal(0, 0.1, 40), 3)
label = np.digitize(y, [-0.5, 0.5])
regressor = DecisionTreeRegressor(max_depth=3, min_samples_leaf=2, random_state=0).fit(x, y)
classifier = DecisionTreeClassifier(max_depth=3, min_samples_leaf=2, random_state=0).fit(x, label)


def root(model):
    return {"feature": int(model.tree_.feature[0]), "threshold": float(model.tree_.threshold[0]),
            "leaves": int(model.get_n_leaves())}


print(json.dumps({
    "sklearn": sklearn.__version__, "x": x.flatten().tolist(), "y": y.tolist(), "label": label.tolist(),
    "regressor": root(regressor) | {"prediction": regressor.predict(x).tolist()},
    "classifier": root(classifier) | {"prediction": classifier.predict_proba(x).flatten().tolist()}}))
