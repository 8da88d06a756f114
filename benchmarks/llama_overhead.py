"""What `LlamaChat` costs beside bare llama.cpp: time to the first token, tokens a second.

    python -m benchmarks.llama_overhead [MODEL.gguf]      (the embedded model's file by default)

Bars: the first token within 1.15 times that of xllamacpp's `Server`, asked directly; .95 of its tokens a second. Both
read the same new prompt, by turns, and the best of all rounds counts: the machine may be doing something else.
"""

import argparse
import importlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import report
from vademecum.models.llama_chat import LlamaChat
from vademecum.models.weights import SMOLLM2, verified_path

ROUNDS, TOKENS, CONTEXT = 5, 64, 2048
TEXT = "The tide comes in twice a day, and each time it brings sand, weed and a little of the sea. " * 12


def bare(path: Path, threads: int) -> Callable[[str], tuple[float, float]]:
    """Asks a `Server` of xllamacpp's own; it gives seconds to the first token, and tokens a second after it."""
    native: Any = importlib.import_module("xllamacpp")  # a compiled module without type stubs
    params = native.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.verbosity, params.cache_ram_mib = CONTEXT, 1, -1, 0
    params.fit_params = params.warmup = params.ui = params.endpoint_slots = False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    server = native.Server(params)

    def ask(prompt: str) -> tuple[float, float]:
        times: list[float] = []

        def receive(chunk: dict[str, Any]) -> bool:
            times.extend(time.perf_counter() for choice in chunk["choices"] if choice["delta"].get("content"))
            return False

        turns = [{"role": "user", "content": prompt}]
        request = {"messages": turns, "temperature": 0, "max_tokens": TOKENS, "stream": True, "cache_prompt": True}
        began = time.perf_counter()
        server.handle_chat_completions(request, receive)
        return times[0] - began, (len(times) - 1) / (times[-1] - times[0])

    return ask


def ours(path: Path, threads: int) -> Callable[[str], tuple[float, float]]:
    """Asks `LlamaChat`, and gives the same."""
    model = LlamaChat(path=path, context_tokens=CONTEXT, threads=threads, max_tokens=TOKENS)

    def ask(prompt: str) -> tuple[float, float]:
        began = time.perf_counter()
        times = [time.perf_counter() for chunk in model.stream(prompt) if chunk.content]
        return times[0] - began, (len(times) - 1) / (times[-1] - times[0])

    return ask


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    path = options.model or verified_path(SMOLLM2)
    asked = {"ours": ours(path, options.threads), "bare": bare(path, options.threads)}
    for ask in asked.values():
        ask("Hello")
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
    for i in range(ROUNDS):
        for name, ask in asked.items():
            measured[name].append(ask(f"{i}. Go on with this: {TEXT}"))
    first = {name: min(seconds for seconds, _ in rounds) for name, rounds in measured.items()}
    speed = {name: max(each for _, each in rounds) for name, rounds in measured.items()}
    report(
        "llama_overhead",
        model=path.name,
        first_token_s=first,
        tokens_per_s=speed,
        first_token_ratio=first["ours"] / first["bare"],
        tokens_per_s_ratio=speed["ours"] / speed["bare"],
    )


if __name__ == "__main__":
    main()
