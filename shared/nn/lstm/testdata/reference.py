"""Writes pytorch.json: an LSTM layer with a linear head, evaluated by PyTorch.

Run with Debian's python3-torch (1.13.1): python3 reference.py > pytorch.json
Weights and inputs are drawn by torch.manual_seed(7) in float64. PyTorch keeps
W as (4H, I) and (4H, H) with gates in the order i, f, g, o, and two biases;
they are written here as [x h]·W, (I+H)×4H row-major, with the biases added.
grad is the gradient of sum(y**2)/2 over the outputs after every step.
"""
import json
import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
I, H, O, T, B = 3, 5, 2, 7, 2
layer, head = torch.nn.LSTM(I, H), torch.nn.Linear(H, O)
for p in list(layer.parameters()) + list(head.parameters()):
    torch.nn.init.normal_(p, std=0.7)
x = torch.randn(T, B, I)
h, _ = layer(x)
y = head(h)
(y ** 2).sum().div(2).backward()


def flat(part):
    w = torch.cat([part(layer.weight_ih_l0).T, part(layer.weight_hh_l0).T]).flatten()
    b = part(layer.bias_ih_l0)
    return w, b, part(head.weight).T.flatten(), part(head.bias)


w, b, v, d = flat(lambda p: p.detach())
params = torch.cat([w, b + layer.bias_hh_l0.detach(), v, d])
grad = torch.cat(flat(lambda p: p.grad))
print(json.dumps({
    "torch": torch.__version__, "inputs": I, "hidden": H, "outputs": O, "steps": T, "batch": B,
    "params": params.tolist(), "x": x.flatten().tolist(),
    "y": y.detach().flatten().tolist(), "grad": grad.tolist()}))
