// The microphone: level, push to talk, and listening that finds by itself where speech begins and ends.

export const MIC_RATE = 16000;

const PACKET_S = 0.02;
/** Speech is this much louder than the room, and never softer than the floor. */
const OVER_NOISE = 3.2;
const FLOOR = 0.006;
const BEGIN_PACKETS = 3;
const END_PACKETS = 40;
const KEPT_PACKETS = 15;

/** Events: `level` (detail 0..1), `begin`, `packet` (detail Int16Array), `end`, `gone` (the device was taken away). */
export class Microphone extends EventTarget {
  #context = null;
  #stream = null;
  #node = null;
  #held = false;
  #continuous = false;
  #isSpeaking = false;
  #noise = 0.002;
  #loud = 0;
  #quiet = 0;
  #kept = [];

  get isOn() {
    return this.#context !== null;
  }

  /** Asks for the device. Throws MicrophoneError with what to do. */
  async turnOn() {
    if (this.isOn) {
      return;
    }
    if (!navigator.mediaDevices || !window.AudioWorkletNode) {
      throw new MicrophoneError('This page came over plain http from another machine, and browsers give no microphone to such pages.', 'Open it as http://localhost on the machine itself, or put HTTPS in front of the server.');
    }
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
    } catch (error) {
      throw MicrophoneError.of(error);
    }
    const context = new AudioContext({ sampleRate: MIC_RATE, latencyHint: 'interactive' });
    await context.audioWorklet.addModule('mic-worklet.js');
    const node = new AudioWorkletNode(context, 'packets', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit', processorOptions: { seconds: PACKET_S } });
    node.port.onmessage = ({ data }) => this.#packet(data.pcm, data.rms);
    context.createMediaStreamSource(stream).connect(node);
    stream.getAudioTracks()[0].onended = () => {
      this.turnOff();
      this.dispatchEvent(new Event('gone'));
    };
    this.#stream = stream;
    this.#context = context;
    this.#node = node;
    await context.resume();
  }

  turnOff() {
    this.#end();
    this.#node?.disconnect();
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#context?.close();
    this.#context = this.#stream = this.#node = null;
    this.#held = this.#continuous = false;
    this.#kept = [];
  }

  /** Push to talk: speech goes out while it is held. */
  hold(isHeld) {
    this.#held = isHeld;
    if (isHeld) {
      this.#begin();
    } else if (!this.#continuous) {
      this.#end();
    }
  }

  listen(isOn) {
    this.#continuous = isOn;
    this.#loud = this.#quiet = 0;
    if (!isOn && !this.#held) {
      this.#end();
    }
  }

  #packet(pcm, rms) {
    this.dispatchEvent(new CustomEvent('level', { detail: Math.min(1, Math.sqrt(rms) * 1.6) }));
    if (!this.#continuous || this.#held) {
      this.#send(pcm);
      return;
    }
    const isLoud = rms > Math.max(FLOOR, this.#noise * OVER_NOISE);
    // The room's noise is learnt quickly downwards, slowly upwards, and hardly while somebody speaks.
    this.#noise += (rms - this.#noise) * (rms < this.#noise ? 0.2 : this.#isSpeaking ? 0.0005 : 0.01);
    this.#loud = isLoud ? this.#loud + 1 : 0;
    this.#quiet = isLoud ? 0 : this.#quiet + 1;
    if (!this.#isSpeaking) {
      this.#kept.push(pcm);
      if (this.#kept.length > KEPT_PACKETS) {
        this.#kept.shift();
      }
      if (this.#loud >= BEGIN_PACKETS) {
        this.#begin();
        this.#kept.splice(0).forEach((earlier) => this.#send(earlier));
      }
      return;
    }
    this.#send(pcm);
    if (this.#quiet >= END_PACKETS) {
      this.#end();
    }
  }

  #send(pcm) {
    if (this.#isSpeaking) {
      this.dispatchEvent(new CustomEvent('packet', { detail: pcm }));
    }
  }

  #begin() {
    if (!this.#isSpeaking) {
      this.#isSpeaking = true;
      this.#quiet = 0;
      this.dispatchEvent(new Event('begin'));
    }
  }

  #end() {
    if (this.#isSpeaking) {
      this.#isSpeaking = false;
      this.dispatchEvent(new Event('end'));
    }
  }
}

/** Why there is no microphone, and what to do about it. */
export class MicrophoneError extends Error {
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }

  static of(error) {
    switch (error.name) {
      case 'NotAllowedError':
        return new MicrophoneError('The browser was not allowed to use the microphone.', 'Allow it beside the address of this page, then press the button again.');
      case 'NotFoundError':
        return new MicrophoneError('No microphone was found.', 'Plug one in, then press the button again; samples and recordings work without one.');
      case 'NotReadableError':
        return new MicrophoneError('Another program holds the microphone.', 'Close it, then press the button again.');
      default:
        return new MicrophoneError(`The microphone does not work: ${error.message || error.name}.`, 'Try another one, or use a sample or a recording.');
    }
  }
}
