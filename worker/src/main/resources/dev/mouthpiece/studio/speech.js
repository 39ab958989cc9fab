// Speech goes to the server over WebSockets, one for each sample rate in use; the session's events come back.

/** Seconds that may be sent ahead of what is played: enough for any network, and an interruption never waits behind it. */
const AHEAD_S = 8;
const CHUNK_S = 0.2;
const MAX_BUFFERED_BYTES = 1 << 20;
const OPEN_TIMEOUT_MS = 5000;

/** Events: `message` with the server's event as `detail`, `lost` when the server has closed the first socket. */
export class Speech extends EventTarget {
  #url;
  #token;
  #sockets = new Map();
  #main = 0;
  #turn = 0;
  #closed = false;
  #played = { segment: 0, second: 0 };

  constructor(url, token) {
    super();
    this.#url = url;
    this.#token = token;
  }

  /** Opens the socket that hears the events. */
  async open(rate) {
    this.#main = rate;
    await this.#socket(rate);
  }

  /** Speaks a recording: what is being said is interrupted first. Resolves to false if something else was said before it was sent. */
  async say(pcm, rate) {
    const turn = ++this.#turn;
    const socket = await this.#socket(rate);
    if (turn !== this.#turn) {
      return false;
    }
    socket.send('{"type":"interrupt"}');
    this.#played.second = 0;
    const chunk = Math.round(rate * CHUNK_S);
    for (let at = 0; at < pcm.length; ) {
      if (at / rate - this.#played.second > AHEAD_S || socket.bufferedAmount > MAX_BUFFERED_BYTES) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        if (turn !== this.#turn || socket.readyState !== WebSocket.OPEN) {
          return false;
        }
      } else {
        socket.send(pcm.subarray(at, (at += chunk)));
      }
    }
    socket.send('{"type":"flush"}');
    return true;
  }

  /** Begins to speak live; what is being said is interrupted. */
  async begin(rate) {
    this.#turn++;
    const socket = await this.#socket(rate);
    socket.send('{"type":"interrupt"}');
    return {
      send: (pcm) => socket.readyState === WebSocket.OPEN && socket.send(pcm),
      end: () => socket.readyState === WebSocket.OPEN && socket.send('{"type":"flush"}'),
    };
  }

  interrupt() {
    this.#turn++;
    for (const socket of this.#sockets.values()) {
      socket.then((open) => open.send('{"type":"interrupt"}'), () => {});
    }
  }

  close() {
    this.#closed = true;
    this.#turn++;
    for (const socket of this.#sockets.values()) {
      socket.then((open) => open.close(1000), () => {});
    }
    this.#sockets.clear();
  }

  #socket(rate) {
    let socket = this.#sockets.get(rate);
    if (!socket) {
      socket = this.#connect(rate);
      this.#sockets.set(rate, socket);
      socket.catch(() => this.#sockets.delete(rate));
    }
    return socket;
  }

  #connect(rate) {
    const url = new URL(this.#url, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.searchParams.set('rate', rate);
    url.searchParams.set('channels', 1);
    // A page can send no Authorization header here: the token travels as a second subprotocol.
    const socket = new WebSocket(url, this.#token ? ['mouthpiece.speech.v1', `bearer.${this.#token}`] : ['mouthpiece.speech.v1']);
    const isMain = rate === this.#main;
    socket.onmessage = ({ data }) => this.#heard(JSON.parse(data), isMain);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => socket.close(), OPEN_TIMEOUT_MS);
      socket.onopen = () => {
        clearTimeout(timer);
        resolve(socket);
      };
      socket.onclose = ({ code, reason }) => {
        clearTimeout(timer);
        reject(new Error(reason || 'the connection for speech was refused'));
        this.#sockets.delete(rate);
        if (isMain && !this.#closed) {
          this.dispatchEvent(new CustomEvent('lost', { detail: { code, reason } }));
        }
      };
    });
  }

  #heard(message, isMain) {
    if (message.type === 'mouth') {
      this.#played = { segment: message.segment, second: message.position };
    }
    // Every socket hears the session's events; an error or an acceptance belongs to the one that it came to.
    if (isMain || message.type === 'error' || message.type === 'segment_started') {
      this.dispatchEvent(new CustomEvent('message', { detail: message }));
    }
  }
}

/** Decodes a sound file to mono 16-bit samples. Throws if the browser cannot read it. */
export async function decode(bytes, rate) {
  const context = new OfflineAudioContext(1, 1, rate);
  const sound = await context.decodeAudioData(bytes);
  const mono = new Float32Array(sound.length);
  for (let channel = 0; channel < sound.numberOfChannels; channel++) {
    const data = sound.getChannelData(channel);
    for (let i = 0; i < mono.length; i++) {
      mono[i] += data[i] / sound.numberOfChannels;
    }
  }
  return toPcm(mono);
}

export function toPcm(samples) {
  const pcm = new Int16Array(samples.length);
  for (let i = 0; i < pcm.length; i++) {
    pcm[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32767)));
  }
  return pcm;
}
