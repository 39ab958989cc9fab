// Runs on the audio thread: mono 16-bit packets of equal length, each with its loudness.
class Packets extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.size = Math.round(sampleRate * processorOptions.seconds);
    this.begin();
  }

  begin() {
    this.pcm = new Int16Array(this.size);
    this.count = 0;
    this.power = 0;
  }

  process([channels]) {
    const input = channels?.[0];
    for (let i = 0; input && i < input.length; i++) {
      this.power += input[i] * input[i];
      this.pcm[this.count++] = Math.max(-32768, Math.min(32767, Math.round(input[i] * 32767)));
      if (this.count === this.size) {
        this.port.postMessage({ pcm: this.pcm, rms: Math.sqrt(this.power / this.size) }, [this.pcm.buffer]);
        this.begin();
      }
    }
    return true;
  }
}

registerProcessor('packets', Packets);
