// The last utterance: its waveform above the opening of the mouth, on one time axis.

/** Loudest sample of each hundredth of a second: an hour of talk stays small. */
const BINS_PER_S = 100;
const WINDOW_S = 20;

export class Plot {
  #canvas;
  #wave = [];
  #mouth = [];
  #frameS = 0.04;
  #bin = { loudest: 0, samples: 0 };
  #isDue = false;

  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  get seconds() {
    return Math.max(this.#wave.length / BINS_PER_S, this.#mouth.length * this.#frameS);
  }

  clear() {
    this.#wave = [];
    this.#mouth = [];
    this.#bin = { loudest: 0, samples: 0 };
    this.draw();
  }

  /** Adds what was sent. */
  sound(pcm, rate) {
    const perBin = rate / BINS_PER_S;
    for (let i = 0; i < pcm.length; i++) {
      this.#bin.loudest = Math.max(this.#bin.loudest, Math.abs(pcm[i]));
      if (++this.#bin.samples >= perBin) {
        this.#wave.push(this.#bin.loudest / 32768);
        this.#bin = { loudest: 0, samples: 0 };
      }
    }
    this.draw();
  }

  /** Adds what was shown: the opening, 0..1, of frame `index`. */
  mouth(index, open) {
    while (this.#mouth.length < index) {
      this.#mouth.push(this.#mouth.at(-1) ?? 0);
    }
    this.#mouth[index] = open;
    this.draw();
  }

  /** How often the mouth moved visibly, for those who cannot see the plot. */
  get movements() {
    let count = 0;
    let isOpen = false;
    for (const open of this.#mouth) {
      if (open > 0.25 && !isOpen) {
        count++;
        isOpen = true;
      } else if (open < 0.12) {
        isOpen = false;
      }
    }
    return count;
  }

  draw() {
    if (!this.#isDue) {
      this.#isDue = true;
      requestAnimationFrame(() => {
        this.#isDue = false;
        this.#paint();
      });
    }
  }

  #paint() {
    const canvas = this.#canvas;
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (!width || !height) {
      return;
    }
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const g = canvas.getContext('2d');
    g.scale(scale, scale);
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    const shownS = Math.max(2, Math.min(WINDOW_S, this.seconds));
    const fromS = Math.max(0, this.seconds - shownS);
    const x = (second) => ((second - fromS) / shownS) * width;
    const middle = Math.round(height * 0.34);
    const base = height - 16;
    this.#grid(g, { width, base, fromS, shownS, x, line: colour('--plot-line'), ink: colour('--plot-ink') });

    g.fillStyle = colour('--plot-wave');
    const bar = Math.max(1, width / (shownS * BINS_PER_S) - 0.3);
    for (let i = Math.floor(fromS * BINS_PER_S); i < this.#wave.length; i++) {
      const tall = Math.max(0.5, Math.sqrt(this.#wave[i]) * (middle - 4));
      g.fillRect(x(i / BINS_PER_S), middle - tall, bar, tall * 2);
    }

    if (this.#mouth.length) {
      const top = middle * 2 + 8;
      const first = Math.floor(fromS / this.#frameS);
      g.beginPath();
      g.moveTo(x(first * this.#frameS), base);
      for (let i = first; i < this.#mouth.length; i++) {
        g.lineTo(x((i + 0.5) * this.#frameS), base - this.#mouth[i] * (base - top));
      }
      g.lineTo(x(this.#mouth.length * this.#frameS), base);
      g.closePath();
      g.fillStyle = colour('--plot-mouth-soft');
      g.fill();
      g.strokeStyle = colour('--plot-mouth');
      g.lineWidth = 1.6;
      g.lineJoin = 'round';
      g.stroke();
    }
  }

  #grid(g, { width, base, fromS, shownS, x, line, ink }) {
    g.strokeStyle = line;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(0, base + 0.5);
    g.lineTo(width, base + 0.5);
    const step = shownS > 10 ? 5 : shownS > 4 ? 2 : 1;
    g.font = '11px system-ui, sans-serif';
    g.fillStyle = ink;
    for (let second = Math.ceil(fromS / step) * step; second <= fromS + shownS; second += step) {
      const at = Math.round(x(second)) + 0.5;
      g.moveTo(at, 0);
      g.lineTo(at, base + 3);
      if (at < width - 24) {
        g.fillText(`${second} s`, at + 3, base + 13);
      }
    }
    g.stroke();
  }
}
