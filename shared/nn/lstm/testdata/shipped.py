"""Writes shipped.json: the network in the shape of the shipped one, by PyTorch.

Run with Debian's python3-torch (1.13.1): /usr/bin/python3 shipped.py > shipped.json
10 inputs, 32 cells, 80 outputs, and four sequences of 60, 41, 8 and 1 steps as a
PackedSequence; y is the head's output after the last step of each. In float64.
Number k of parameters and inputs is 0.4*sin(12.9898*k) and 2*sin(4.1414*k), so that
they need not be stored. Parameters count through W, b, V, d as in reference.py,
with the second bias of PyTorch 0; inputs through steps, sequences and inputs.
Of the gradient of sum(y**2)/2 there are, for each of W, b, V, d, the norm and
sum(g[k]*sin(k+1)), k from 0 in each block.
"""
import json
import math
import torch

torch.set_default_dtype(torch.float64)
I, H, O, LENGTHS = 10, 32, 80, [60, 41, 8, 1]
layer, head = torch.nn.LSTM(I, H), torch.nn.Linear(H, O)


def wave(scale, pitch, *shape, skip=0):
    n = math.prod(shape)
    return torch.tensor([scale * math.sin(pitch * k) for k in range(skip, skip + n)]).reshape(shape)


w, nw = wave(0.4, 12.9898, I + H, 4 * H), (I + H) * 4 * H
b, v = wave(0.4, 12.9898, 4 * H, skip=nw), wave(0.4, 12.9898, H, O, skip=nw + 4 * H)
d = wave(0.4, 12.9898, O, skip=nw + 4 * H + H * O)
with torch.no_grad():
    layer.weight_ih_l0.copy_(w[:I].T)
    layer.weight_hh_l0.copy_(w[I:].T)
    layer.bias_ih_l0.copy_(b)
    layer.bias_hh_l0.zero_()
    head.weight.copy_(v.T)
    head.bias.copy_(d)
x = wave(2, 4.1414, max(LENGTHS), len(LENGTHS), I)
_, (h, _) = layer(torch.nn.utils.rnn.pack_padded_sequence(x, LENGTHS))
y = head(h[0])
(y ** 2).sum().div(2).backward()
grads = [torch.cat([layer.weight_ih_l0.grad.T, layer.weight_hh_l0.grad.T]), layer.bias_ih_l0.grad,
         head.weight.grad.T, head.bias.grad]
print(json.dumps({
    "torch": torch.__version__, "inputs": I, "hidden": H, "outputs": O, "lengths": LENGTHS,
    "y": y.detach().flatten().tolist(), "norm": [g.norm().item() for g in grads],
    "projection": [(g.flatten() * torch.sin(torch.arange(g.numel()) + 1.0)).sum().item() for g in grads]}))
