"""Train the reader: write `models/reader.npz` anew, a low-rank adapter over the weights of all-MiniLM-L6-v2.

    python -m benchmarks.train_reader [--sequences 56512] [--rank 32] [--out FILE] [--go-on FILE]

Needs torch, which nothing else here does (pip install torch; CPU is enough), and `../shared/reader/examples.jsonl.gz`.
On two quiet cores 56,512 sequences (8.8 million tokens) take 41 minutes; on a GPU seconds. `docs/reader.md` says what
the data are, and under which licences.

All weights but the word embeddings are fine-tuned (AdamW, learning rates lower by layer); what they have changed by is
then cut to `--rank` by singular values, which is LoRA's form (Hu et al. 2021, arXiv:2106.09685), reached from the other
side: training the narrow matrices alone gave less in the same time. Loss: softmax over a null and the sentences of the
passage (Devlin et al. 2018, section 4.3), plus half of that of the answer's start and end.
"""

import argparse
import gzip
import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch  # ty: ignore[import-not-found]
from tokenizers import Tokenizer
from torch import nn  # ty: ignore[import-not-found]
from torch.nn import functional  # ty: ignore[import-not-found]

from benchmarks.near_misses import Example, near_miss
from vademecum.models.low_rank import whole_weights
from vademecum.models.reader import MAX_QUESTION_TOKENS, MAX_TOKENS
from vademecum.models.weights import MINILM_TOKENIZER, verified_path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT.parent / "shared" / "reader" / "examples.jsonl.gz"
LAYERS, HEADS, WIDTH = 6, 12, 384
LEARNING_RATE, LAYER_DECAY, WARM_UP = 1.5e-4, 0.9, 0.06
BATCH = 32
SPAN_SHARE = 0.5
NEAR_MISSES = 0.4
"""Share of sequences that nothing answers: those that people wrote, and as many made ones as are missing."""

HELD_OUT = 20
"""One document of so many is only judged on."""


class Layer(nn.Module):
    """One layer of BERT, with the three projections of attention joined."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.o = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.ln1, self.ln2 = nn.LayerNorm(WIDTH, 1e-12), nn.LayerNorm(WIDTH, 1e-12)

    def forward(self, rows: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """`rows` (texts, tokens, 384); `mask` (texts, 1, 1, tokens), true for tokens that are there."""
        count, length, _ = rows.shape
        parts = self.qkv(rows).view(count, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], attn_mask=mask)
        rows = self.ln1(rows + self.o(mixed.transpose(1, 2).reshape(count, length, WIDTH)))
        return self.ln2(rows + self.down(functional.gelu(self.up(rows))))


class ReaderNet(nn.Module):
    """The encoder with its heads; parameters are called as the adapter calls them."""

    def __init__(self, words: np.ndarray) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(torch.from_numpy(words), freeze=True)
        self.pos, self.typ = nn.Embedding(MAX_TOKENS, WIDTH), nn.Embedding(2, WIDTH)
        self.ln = nn.LayerNorm(WIDTH, 1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.span, self.sent, self.null, self.tokw = (nn.Linear(WIDTH, n) for n in (2, 1, 1, 1))

    def forward(self, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of null and each sentence (texts, 1 + sentences), and of start and end (texts, tokens, 2)."""
        ids, inside = batch["ids"], batch["inside"]
        rows = self.words(ids) + self.pos.weight[: ids.shape[1]] + self.typ(batch["kinds"])
        rows = self.ln(rows)
        mask = (ids > 0)[:, None, None, :]
        for layer in self.layers:
            rows = layer(rows, mask)
        share = inside / inside.sum(-1, keepdim=True).clamp(min=1)
        weight = self.tokw(rows).squeeze(-1)[:, None, :].masked_fill(inside == 0, -1e4)
        sentences = self.sent(share @ rows).squeeze(-1) + weight.logsumexp(-1)
        sentences = sentences.masked_fill(inside.sum(-1) == 0, -1e4)
        logits = torch.cat([self.null(rows[:, 0]), sentences], 1)
        return logits, self.span(rows)


def examples() -> tuple[list[Example], list[Example]]:
    """Those to train on, and those of documents that are held out."""
    with gzip.open(EXAMPLES, "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    documents = sorted({example["doc"] for example in found})
    held = set(random.Random(0).sample(documents, len(documents) // HELD_OUT))
    return [e for e in found if e["doc"] not in held], [e for e in found if e["doc"] in held]


def sequences(found: list[Example], rng: random.Random) -> Iterator[Example]:
    """Examples without end, in an order drawn anew each time round, near misses made among them."""
    documents: dict[str, list[Example]] = defaultdict(list)
    for example in found:
        documents[example["doc"]].append(example)
    written = sum(not example["answerable"] for example in found) / len(found)
    chance = max(0.0, (NEAR_MISSES - written) / (1 - written))
    while True:
        for example in rng.sample(found, len(found)):
            made = example["answerable"] and rng.random() < chance
            yield (near_miss(example, documents[example["doc"]], rng) or example) if made else example


class Collate:
    """Makes tensors of examples."""

    def __init__(self) -> None:
        self.tokenizer = Tokenizer.from_file(str(verified_path(MINILM_TOKENIZER)))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def __call__(self, batch: list[Example]) -> dict[str, torch.Tensor]:
        """What `ReaderNet` takes, padded, with what is right."""
        rows = [self._row(example) for example in batch]
        length, count = max(len(row["ids"]) for row in rows), max(len(example["sents"]) for example in batch)
        tensors = {name: torch.zeros(len(rows), length, dtype=torch.long) for name in ("ids", "kinds")}
        tensors["inside"] = torch.zeros(len(rows), count, length)
        tensors["gold"] = torch.zeros(len(rows), 1 + count)
        tensors["edges"] = torch.zeros(len(rows), length, 2)
        for i, row in enumerate(rows):
            for name in ("ids", "kinds"):
                tensors[name][i, : len(row["ids"])] = torch.tensor(row[name])
            for j, (start, end) in enumerate(row["inside"]):
                tensors["inside"][i, j, start:end] = 1
            reached = [j for j in batch[i]["gold"] if row["inside"][j][1] > row["inside"][j][0]]
            for j in reached:
                tensors["gold"][i, 1 + j] = 1
            if not reached:
                tensors["gold"][i, 0] = 1
            for start, end in row["edges"] or ([(0, 0)] if not reached else []):
                tensors["edges"][i, start, 0] = tensors["edges"][i, end, 1] = 1
        return tensors

    def _row(self, example: Example) -> dict[str, Any]:
        head = f"{example['title']}. "
        asked = self.tokenizer.encode(example["q"]).ids[:-1][: MAX_QUESTION_TOKENS + 1]
        passage = self.tokenizer.encode(head + example["text"])
        room, first = MAX_TOKENS - len(asked) - 2, len(asked) + 1
        offsets = passage.offsets[1:-1][:room]
        ids = [*asked, passage.ids[-1], *passage.ids[1:-1][:room], passage.ids[-1]]

        def tokens(start: int, end: int) -> tuple[int, int]:
            places = [i for i, (a, b) in enumerate(offsets) if a < end + len(head) and b > start + len(head)]
            return (first + places[0], first + places[-1] + 1) if places else (0, 0)

        edges = [(a, b - 1) for a, b in (tokens(*span) for span in example["ans"]) if b > a]
        kinds = [0] * first + [1] * (len(ids) - first)
        return {"ids": ids, "kinds": kinds, "inside": [tokens(*s) for s in example["sents"]], "edges": edges}


def loss_of(net: ReaderNet, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Of any right sentence, or null; and of any right start and end, where they are known."""
    logits, edges = net(batch)
    chosen = -(logits.log_softmax(-1) + (batch["gold"] - 1) * 1e4).logsumexp(-1).mean()
    known = batch["edges"].sum((1, 2)) > 0
    if not known.any():
        return chosen
    readable = (batch["kinds"] == 1) | (torch.arange(edges.shape[1], device=edges.device) == 0)
    edges = edges.float().masked_fill(~readable[:, :, None], -1e4).log_softmax(1)
    places = -(edges + (batch["edges"] - 1) * 1e4).logsumexp(1).mean(-1)
    return chosen + SPAN_SHARE * places[known].mean()


def judged(net: ReaderNet, collate: Collate, held: list[Example], device: str) -> dict[str, float]:
    """Share of answerable examples whose right sentence comes first; AUC of the best sentence against null."""
    net.eval()
    right, scores, labels = [], [], []
    with torch.no_grad():
        for start in range(0, len(held), BATCH):
            some = held[start : start + BATCH]
            batch = {name: tensor.to(device) for name, tensor in collate(some).items()}
            logits = net(batch)[0].float()
            best = logits[:, 1:].max(1)
            right += [int(i) in e["gold"] for i, e in zip(best.indices, some, strict=True) if e["answerable"]]
            scores += (best.values - logits[:, 0]).tolist()
            labels += [e["answerable"] for e in some]
    net.train()
    yes, no = (np.array([s for s, y in zip(scores, labels, strict=True) if y == kind]) for kind in (True, False))
    above = (yes[:, None] > no[None]).mean() if len(yes) and len(no) else float("nan")
    return {"n": len(held), "first": round(float(np.mean(right)), 3), "auc": round(float(above), 3)}


def adapter(net: ReaderNet, base: dict[str, np.ndarray], rank: int) -> dict[str, np.ndarray]:
    """What has changed, matrices cut to `rank`, in float16."""
    parts: dict[str, np.ndarray] = {}
    for name, tensor in net.state_dict().items():
        value = tensor.float().cpu().numpy()
        if name == "words.weight":
            continue
        if name == "pos.weight":
            parts[name] = value - base[name][: len(value)]
        elif name in base and value.ndim == 2 and name != "typ.weight":
            u, s, v = np.linalg.svd(value - base[name], full_matrices=False)
            root = np.sqrt(s[:rank])
            parts[f"{name}.u"], parts[f"{name}.v"] = u[:, :rank] * root, root[:, None] * v[:rank]
        else:
            parts[name] = value
    return {name: part.astype(np.float16) for name, part in parts.items()}


def start(base: dict[str, np.ndarray], go_on: Path | None) -> ReaderNet:
    """The net with the package's weights, or with those of an adapter added to them."""
    torch.manual_seed(0)
    net = ReaderNet(base["words"])
    state = {name: torch.from_numpy(np.array(base[name])) for name in net.state_dict() if name in base}
    state["pos.weight"] = state["pos.weight"][:MAX_TOKENS]
    if go_on:
        with np.load(go_on, allow_pickle=False) as stored:
            saved = {name: torch.from_numpy(stored[name].astype(np.float32)) for name in stored.files}
        for name in net.state_dict():
            if f"{name}.u" in saved:
                state[name] = state[name] + saved[f"{name}.u"] @ saved[f"{name}.v"]
            elif name in saved:
                state[name] = state[name] + saved[name] if name == "pos.weight" else saved[name]
    missing = net.load_state_dict(state, strict=False)
    assert not missing.unexpected_keys
    return net


def optimiser(net: ReaderNet) -> torch.optim.Optimizer:
    """AdamW; the nearer to the words, the lower the rate."""
    groups = []
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            part = name.split(".")
            depth = (
                LAYERS - int(part[1]) - 1 if part[0] == "layers" else LAYERS if part[0] in ("pos", "typ", "ln") else 0
            )
            decay = 0.01 if parameter.ndim == 2 else 0.0
            groups.append({"params": [parameter], "lr": LEARNING_RATE * LAYER_DECAY**depth, "weight_decay": decay})
    return torch.optim.AdamW(groups)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=56_512)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--out", type=Path, default=ROOT / "models" / "reader.npz")
    parser.add_argument("--go-on", type=Path, help="an adapter to start from")
    parser.add_argument("--judge", type=int, default=2000, help="held-out examples to judge on, at most")
    asked = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    base, collate = whole_weights(), Collate()
    net = start(base, asked.go_on).to(device)
    found, held = examples()
    held = random.Random(0).sample(held, min(asked.judge, len(held)))
    steps, optimise, stream = math.ceil(asked.sequences / BATCH), optimiser(net), sequences(found, random.Random(0))
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimise, lambda step: min((step + 1) / (WARM_UP * steps + 1), max(0.0, 1 - step / steps))
    )
    began = time.monotonic()
    print(json.dumps({"before": judged(net, collate, held, device)}), flush=True)
    for step in range(steps):
        batch = {name: t.to(device) for name, t in collate([next(stream) for _ in range(BATCH)]).items()}
        with torch.autocast(device, torch.bfloat16):
            loss = loss_of(net, batch)
        optimise.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimise.step()
        rates.step()
        if step % 50 == 0 or step + 1 == steps:
            passed = time.monotonic() - began
            print(
                json.dumps({"step": step, "of": steps, "loss": round(loss.item(), 3), "s": round(passed)}), flush=True
            )
    print(json.dumps({"after": judged(net, collate, held, device)}), flush=True)
    with asked.out.open("wb") as file:
        np.savez(file, allow_pickle=False, **adapter(net, base, asked.rank))
    print(f"{asked.out.name}: {asked.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
