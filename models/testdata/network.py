"""Times the network of forecast.bin in PyTorch, on one thread.

Reads from standard input, little-endian: inputs, hidden, outputs, steps and
sequences as uint32; the parameters as float32, in the order of package lstm (W,
b, V, d); then the input, steps x sequences x inputs, as float32. Writes JSON: the
least processor time per sequence in microseconds over batch sizes and repetitions, the
batch size that had it, and the outputs, sequences x outputs.
"""
import json
import struct
import sys
import time
import torch

torch.set_num_threads(1)
I, H, O, T, N = struct.unpack("<5I", sys.stdin.buffer.read(20))
data = torch.frombuffer(bytearray(sys.stdin.buffer.read()), dtype=torch.float32)
w, b, v, d, x = data.split([(I + H) * 4 * H, 4 * H, H * O, O, T * N * I])
w, v, x = w.reshape(I + H, 4 * H), v.reshape(H, O), x.reshape(T, N, I)
layer, head = torch.nn.LSTM(I, H), torch.nn.Linear(H, O)
best, size = float("inf"), 0
with torch.inference_mode():
    for target, source in ((layer.weight_ih_l0, w[:I].T), (layer.weight_hh_l0, w[I:].T), (layer.bias_ih_l0, b),
                           (layer.bias_hh_l0, torch.zeros(4 * H)), (head.weight, v.T), (head.bias, d)):
        target.copy_(source)

    def run(batch):
        return torch.cat([head(layer(part)[1][0][0]) for part in x.split(batch, dim=1)])

    for batch in (32, 64, 128, 256):
        run(batch)
        for _ in range(30):
            begin = time.process_time()
            out = run(batch)
            took = (time.process_time() - begin) / N * 1e6
            if took < best:
                best, size = took, batch
print(json.dumps({"torch": torch.__version__, "microseconds": best, "batch": size, "outputs": out.flatten().tolist()}))
