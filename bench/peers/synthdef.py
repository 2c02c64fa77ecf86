"""Writes SynthDefs (file format 2) and scores of OSC bundles, so that the servers run without the language."""

import struct

AUDIO, CONTROL, SCALAR = 2, 1, 0


class Signal:
    """An output of a unit."""

    def __init__(self, definition, unit, output=0):
        self.definition, self.unit, self.output = definition, unit, output

    def _with(self, operator, other):
        sides = [side for side in (self, other) if isinstance(side, Signal)]
        rate = max(self.definition.units[side.unit][1] for side in sides)
        return self.definition.unit("BinaryOpUGen", rate, self, other, special=operator)

    def __add__(self, other):
        return self._with(0, other)

    def __mul__(self, other):
        return self._with(2, other)


class SynthDef:
    """A definition under construction: units are added in the order in which they run."""

    def __init__(self, name, **params):
        self.name, self.params = name, params
        self.units, self.constants = [], []
        if params:
            self.units.append(("Control", CONTROL, [], [CONTROL] * len(params), 0))

    def param(self, name):
        return Signal(self, 0, list(self.params).index(name))

    def unit(self, kind, rate, *inputs, outputs=1, special=0):
        """Adds a unit; returns its signal, or a list of them where it has several."""
        wires = [(i.unit, i.output) if isinstance(i, Signal) else (-1, self._constant(i)) for i in inputs]
        self.units.append((kind, rate, wires, [rate] * outputs, special))
        signals = [Signal(self, len(self.units) - 1, i) for i in range(max(outputs, 1))]
        return signals[0] if len(signals) == 1 else signals

    def _constant(self, value):
        value = struct.unpack(">f", struct.pack(">f", value))[0]
        if value not in self.constants:
            self.constants.append(value)
        return self.constants.index(value)

    def encoded(self):
        parts = [b"SCgf", struct.pack(">ih", 2, 1), _pascal(self.name)]
        parts += [struct.pack(f">i{len(self.constants)}f", len(self.constants), *self.constants)]
        parts += [struct.pack(f">i{len(self.params)}f", len(self.params), *self.params.values())]
        parts += [struct.pack(">i", len(self.params))]
        parts += [_pascal(name) + struct.pack(">i", i) for i, name in enumerate(self.params)]
        parts += [struct.pack(">i", len(self.units))]
        for kind, rate, inputs, outputs, special in self.units:
            parts += [_pascal(kind), struct.pack(">biih", rate, len(inputs), len(outputs), special)]
            parts += [struct.pack(">ii", *wire) for wire in inputs]
            parts += [bytes(outputs)]
        return b"".join(parts) + struct.pack(">h", 0)


def _pascal(text):
    return bytes([len(text)]) + text.encode()


def _padded(data):
    return data + b"\0" * (-len(data) % 4)


def message(address, *arguments):
    """An OSC message of whole numbers, floats, texts and blobs."""
    tags, data = ",", b""
    for value in arguments:
        if isinstance(value, int):
            tags, data = tags + "i", data + struct.pack(">i", value)
        elif isinstance(value, float):
            tags, data = tags + "f", data + struct.pack(">f", value)
        elif isinstance(value, str):
            tags, data = tags + "s", data + _padded(value.encode() + b"\0")
        else:
            tags, data = tags + "b", data + struct.pack(">i", len(value)) + _padded(value)
    return _padded(address.encode() + b"\0") + _padded(tags.encode() + b"\0") + data


def bundle(seconds, messages):
    """What happens at a time of the score."""
    fraction = int((seconds % 1) * 2**32)
    head = b"#bundle\0" + struct.pack(">II", int(seconds), fraction)
    return head + b"".join(struct.pack(">i", len(m)) + m for m in messages)


def write_score(path, bundles):
    with open(path, "wb") as file:
        for b in bundles:
            file.write(struct.pack(">i", len(b)) + b)
