#!/usr/bin/env bash
# Checks, then numbers, of the GPU path on this machine: bench/gpu/run.sh [--dry-run] [OUT]   (under ten minutes; OUT: bench/gpu/out)
# Needs a driver (550 or newer), a JDK 25, the built tree (./mvnw -q -DskipTests package) and a Python with torch 2.7.1, whose
# libtorch it uses: $MOUTHPIECE_PYTHON, else python3. Every step has its time limit; a failed check ends it, a failed number does not.
# --dry-run: every step on the CPU with the libtorch that comes along, small, to find what is mistyped before a GPU waits for it.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
device=cuda seconds=4 most=512 heavy=64 patch=256 buckets=(1 2 4 8 16 32 64) total=580
if [ "${1:-}" = --dry-run ]; then
  device=cpu seconds=1 most=1 heavy=1 patch=96 buckets=(1 2) total=1800
  shift
fi
out=${1:-$here/out}
mkdir -p "$out" && out=$(cd "$out" && pwd) || exit 2
python=${MOUTHPIECE_PYTHON:-python3}
# shellcheck source=../../scripts/jdk.sh
. "$root/scripts/jdk.sh"
java=$(mouthpiece_java) || exit 2
jars=("$root"/worker/target/mouthpiece-worker-*.jar)
[ -e "${jars[0]}" ] || { echo "bench/gpu: not built: run ./mvnw -q -DskipTests package first" >&2; exit 2; }

site=$("$python" -c 'import pathlib, torch; assert torch.__version__.startswith("2.7.1"), torch.__version__; print(pathlib.Path(torch.__file__).parents[1])') || {
  echo "bench/gpu: $python has no torch 2.7.1: its libtorch is what the worker's JNI library is made for" >&2
  exit 2
}
if [ $device = cuda ]; then
  export PYTORCH_LIBRARY_PATH=$site/torch/lib PYTORCH_VERSION=2.7.1 PYTORCH_FLAVOR=cu128
  LD_LIBRARY_PATH=$site/torch/lib:$(find "$site/nvidia" -maxdepth 2 -name lib -printf '%p:' 2>/dev/null)${LD_LIBRARY_PATH:-}
  export LD_LIBRARY_PATH
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv | tee "$out/gpu.csv"
fi
export MOUTHPIECE_HOME="$out/home"
worker=("$java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED --add-opens java.base/jdk.internal.misc=ALL-UNNAMED -Dai.djl.offline=true
  -Djava.awt.headless=true "-Dmouthpiece.root=$root" -cp "${jars[0]}:$root/worker/target/lib/*" dev.mouthpiece.worker.cli.Main)

failed=0
# step NAME LIMIT COMMAND…: runs it, no longer than LIMIT seconds nor than what is left of the whole.
step() {
  local name=$1 limit=$2 code
  shift 2
  [ $((total - SECONDS)) -ge "$limit" ] || limit=$((total - SECONDS))
  if [ "$limit" -lt 10 ]; then
    echo "!! $name: no time left"
    failed=$((failed + 1))
    return 1
  fi
  printf '== %s (%d s so far)\n' "$name" $SECONDS
  timeout "$limit" "$@" >"$out/$name.log" 2>&1
  code=$?
  tail -n 25 "$out/$name.log"
  [ $code -eq 0 ] || { printf '!! %s ended with %d\n' "$name" $code; failed=$((failed + 1)); }
  return $code
}
measure() { step "capacity-$1" 120 "${worker[@]}" measure --device $device --model "$2" --seconds $seconds --json "$out/$1.json" "${@:3}"; }
# made MODEL NAME LIMIT ARGUMENTS…: a package of random weights of the public architecture: they cost what the public ones cost.
made() {
  cd "$root/models/python" || return
  step "weights-$2" "$3" "$python" -m imports.randoms "$1" "$out/$2.weights" &&
    step "package-$2" "$3" "$python" -m imports "$1" --checkpoint "$out/$2.weights/checkpoint.pth" --out "$out/$2" "${@:4}"
  local code=$?
  rm -rf "$out/$2.weights"
  cd "$root" && return $code
}

# Checks: opening the device compares the kernel with its host twin; then a package's promises, then a film.
step check-puppet 90 "${worker[@]}" model verify puppet --device $device || exit 1
step check-film 60 "${worker[@]}" render av_stock_001 hello --device $device -o "$out/hello.mp4" || exit 1

# Numbers.
measure puppet puppet --most $most
# Compositing alone: 64 patches of 256 pixels in frames of 512, against what the device's memory moves; fails where the bar is not met.
step composite 60 "${worker[@]}" measure --device $device --composite
wav2lip=wav2lip
[ $patch = 96 ] || wav2lip=wav2lip-$patch
if made $wav2lip wav2lip 90 --buckets "${buckets[@]}"; then
  step check-wav2lip 90 "${worker[@]}" model verify "$out/wav2lip" --device $device
  measure wav2lip "$out/wav2lip" --size 512x512 --most $most
  step loop-wav2lip 60 "$python" "$here/loop.py" "$out/wav2lip" $device --json "$out/wav2lip-loop.json"
  step ratio-wav2lip 10 "$python" "$here/loop.py" --ratio "$out/wav2lip.json" "$out/wav2lip-loop.json"
fi
if [ $device = cuda ]; then
  # Its weights are 4 GB; on a CPU a frame takes 15 s.
  if made musetalk musetalk 120 --vae "$out/musetalk.weights/vae.bin" --whisper "$out/musetalk.weights/whisper.bin"; then
    measure musetalk "$out/musetalk" --size 512x512 --most $heavy
    step loop-musetalk 60 "$python" "$here/loop.py" "$out/musetalk" $device --json "$out/musetalk-loop.json"
    step ratio-musetalk 10 "$python" "$here/loop.py" --ratio "$out/musetalk.json" "$out/musetalk-loop.json"
  fi
fi
# With the encoders of live rooms; then whether freezing or CUDA graphs would pay: last, for the time may run out.
measure puppet-h264 puppet --most $most --encode h264
for model in wav2lip musetalk; do
  [ ! -e "$out/$model/model.json" ] || step "modes-$model" 60 "$python" "$here/modes.py" "$out/$model" $device --json "$out/$model-modes.json"
done
echo "logs and tables are in $out; $failed steps failed; $SECONDS s"
[ $failed -eq 0 ]
