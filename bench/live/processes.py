"""Child processes that speak JSON lines, and what they and the machine spend meanwhile."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

Event = dict[str, Any]


class HarnessError(Exception):
    """Something did not do what the measurement needs."""


class Child:
    """A process; where it speaks JSON lines, its events."""

    failure = ""  # the first error that any of them has told: nothing is worth waiting for any more

    def __init__(self, name: str, command: list[str], log: Path, env: dict[str, str] | None = None) -> None:
        self.name = name
        self.log = log
        self.events: list[Event] = []
        self.started = time.monotonic_ns()
        self._news: queue.Queue[None] = queue.Queue()
        with log.open("ab") as err:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, env={**os.environ, **(env or {})}, text=True
            )
        self.usage = psutil.Process(self.process.pid)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.log.open("a") as log:
            for line in self.process.stdout:
                if line.startswith("{"):
                    try:
                        self.events.append(json.loads(line))
                        if self.events[-1].get("ev") == "error":
                            Child.failure = Child.failure or f"{self.name}: {self.events[-1]}"
                    except json.JSONDecodeError:
                        log.write(line)
                else:
                    log.write(line)
                self._news.put(None)
        self._news.put(None)

    def send(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def wait(self, ev: str, id: str | None = None, mark: int = 0, limit: float = 30, fits: Callable[[Event], bool] = lambda e: True) -> Event:
        """The first event of that name since `mark`."""
        deadline = time.monotonic() + limit
        at = mark
        while True:
            while at < len(self.events):
                e = self.events[at]
                at += 1
                if e.get("ev") == ev and (id is None or e.get("id") == id) and fits(e):
                    return e
            if Child.failure:
                raise HarnessError(f"waiting for {ev} of {id}: {Child.failure}")
            left = deadline - time.monotonic()
            if left <= 0 or self.process.poll() is not None:
                raise HarnessError(f"{self.name}: no {ev} of {id}; it said {self.events[mark:][-8:]}; its log: {self.log}")
            try:
                self._news.get(timeout=min(left, 1))
            except queue.Empty:
                pass

    def ask(self, answer: str, limit: float = 30, **command: Any) -> Event:
        mark = len(self.events)
        self.send(**command)
        return self.wait(answer, command.get("id"), mark, limit)

    def cpu(self) -> float:
        """s of CPU so far, its children's included."""
        try:
            times = self.usage.cpu_times()
            return times.user + times.system + sum(sum(c.cpu_times()[:2]) for c in self.usage.children(recursive=True))
        except psutil.NoSuchProcess:
            return 0.0

    def rss(self) -> int:
        try:
            return self.usage.memory_info().rss + sum(c.memory_info().rss for c in self.usage.children(recursive=True))
        except psutil.NoSuchProcess:
            return 0

    def finish(self, limit: float = 15) -> None:
        """Ends its input and lets it end by itself, as those do that read commands."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
            self.process.wait(limit)
        except (OSError, subprocess.TimeoutExpired):
            self.stop()

    def stop(self, how: signal.Signals = signal.SIGTERM, limit: float = 8, times: int = 1) -> None:
        for _ in range(times):
            if self.process.poll() is None:
                self.process.send_signal(how)
                time.sleep(0.05)
        try:
            self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Meter:
    """CPU of processes and of all the rest of the machine between two moments, in cores."""

    def __init__(self, groups: dict[str, list[Child]]) -> None:
        self.groups = groups
        self.begin()

    def begin(self) -> None:
        self.time = time.monotonic()
        self.busy = self._busy()
        self.spent = {name: sum(c.cpu() for c in children) for name, children in self.groups.items()}

    @staticmethod
    def _busy() -> float:
        t = psutil.cpu_times()
        return t.user + t.nice + t.system + t.irq + t.softirq + t.steal

    def end(self) -> dict[str, float]:
        wall = time.monotonic() - self.time
        cores = {n: (sum(c.cpu() for c in children) - self.spent[n]) / wall for n, children in self.groups.items()}
        cores["others"] = (self._busy() - self.busy) / wall - sum(cores.values())
        cores["load"] = os.getloadavg()[0]
        return cores
