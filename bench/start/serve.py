#!/usr/bin/env python3
"""How long `./mouthpiece serve` takes until it is ready.

  bench/start/serve.py [--runs N] [--home FOLDER] [COMMAND ...]

Starts the daemon on a free port of the loopback interface, N times one after the other, and prints for each start the seconds from the
launcher's call until it says where it is, until /readyz says ready, and, with --first, how long a fresh home takes. Ends each with TERM.
"""
import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE_S = 120


def ready(address):
    try:
        with urllib.request.urlopen(address + "readyz", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def once(command, home, tell):
    environment = dict(os.environ, MOUTHPIECE_HOME=home)
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    overdue = threading.Timer(PATIENCE_S, process.kill)
    overdue.start()
    try:
        said = None
        for line in process.stderr:
            if tell:
                print(f"{time.monotonic() - began:8.3f} {line}", end="", file=sys.stderr)
            said = re.search(r"(?:open|listening on) (http://\S+/)", line)
            if said:
                break
        if not said:
            raise SystemExit(f"the daemon ended without an address: {process.wait()}")
        threading.Thread(target=process.stderr.read, daemon=True).start()
        address = time.monotonic() - began
        while not ready(said.group(1)):
            time.sleep(0.01)
        return address, time.monotonic() - began
    finally:
        overdue.cancel()
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--first", action="store_true", help="a fresh home folder for every start")
    parser.add_argument("--tell", action="store_true", help="show what the daemon says, with its times")
    parser.add_argument("command", nargs="*", default=[os.path.join(ROOT, "mouthpiece"), "serve", "--port", "0"])
    options = parser.parse_args()
    home = tempfile.mkdtemp(prefix="mouthpiece-start-")
    times = []
    try:
        if not options.first:
            print("%.2f s until the address, %.2f s until ready (fresh home folder)" % once(options.command, home, options.tell))
        for _ in range(options.runs):
            if options.first:
                shutil.rmtree(home)
            times.append(once(options.command, home, options.tell))
            print("%.2f s until the address, %.2f s until ready; load %.1f" % (*times[-1], os.getloadavg()[0]))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print("ready: median %.2f s of %d" % (statistics.median(t[1] for t in times), len(times)))


if __name__ == "__main__":
    main()
