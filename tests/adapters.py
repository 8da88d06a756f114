"""A LoRA adapter for the embedded model, made from seeded numbers: it changes what is written, to no purpose."""

import struct
from pathlib import Path

import numpy as np

WIDTH, RANK = 576, 2
_TEXT, _FLOAT, _F32, _ALIGNMENT = 8, 6, 0, 32


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _entry(key: str, value: str | float) -> bytes:
    kind = _TEXT if isinstance(value, str) else _FLOAT
    return _text(key) + struct.pack("<I", kind) + (_text(value) if isinstance(value, str) else struct.pack("<f", value))


def write_adapter(file: Path, *, layers: int = 4, strength: float = 0.3) -> Path:
    """Write a LoRA adapter of SmolLM2-135M's first layers to `file`, as GGUF (version 3)."""
    draw = np.random.default_rng(0)
    tensors = {}
    for layer in range(layers):
        name = f"blk.{layer}.attn_output.weight"
        tensors[f"{name}.lora_a"] = draw.normal(0, strength, (RANK, WIDTH)).astype("<f4")
        tensors[f"{name}.lora_b"] = draw.normal(0, strength, (WIDTH, RANK)).astype("<f4")
    metadata = {
        "general.type": "adapter",
        "general.architecture": "llama",
        "adapter.type": "lora",
        "adapter.lora.alpha": float(RANK),
    }
    head = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(metadata))]
    head += [_entry(key, value) for key, value in metadata.items()]
    body, offset = [], 0
    for name, numbers in tensors.items():
        shape = numbers.shape[::-1]  # the fastest dimension first
        head.append(_text(name) + struct.pack("<IQQIQ", len(shape), *shape, _F32, offset))
        body.append(numbers.tobytes() + b"\0" * (-numbers.nbytes % _ALIGNMENT))
        offset += len(body[-1])
    start = b"".join(head)
    file.write_bytes(start + b"\0" * (-len(start) % _ALIGNMENT) + b"".join(body))
    return file
