// A WHEP viewer: one receiving peer connection, signalled by HTTP.

import { bearer, failure, reach } from './api.js';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';

/** How long a path may be broken before it is looked for anew, and how long before the viewer gives up. */
const RESTART_AFTER_MS = 2500;
const GIVE_UP_AFTER_MS = 12000;

/**
 * Events: `frame` (first picture shown), `silent` (the browser allows no sound before a gesture), `lost` (the connection is gone;
 * make a new viewer).
 */
export class Viewer extends EventTarget {
  #video;
  #token = '';
  #pc;
  #offered;
  #location = null;
  #etag = '*';
  #candidates = [];
  #patching = Promise.resolve();
  #restartTimer = 0;
  #lostTimer = 0;
  #closed = false;

  constructor(video) {
    super();
    this.#video = video;
    this.#pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.#offered = this.#offer();
  }

  /** Makes the offer, which needs no session yet. */
  async #offer() {
    const pc = this.#pc;
    pc.addTransceiver('video', { direction: 'recvonly' });
    pc.addTransceiver('audio', { direction: 'recvonly' });
    pc.ontrack = (event) => this.#show(event.streams[0] ?? new MediaStream([event.track]));
    pc.onicecandidate = ({ candidate }) => candidate?.candidate && this.#trickle(candidate);
    pc.onconnectionstatechange = () => this.#watch();
    await pc.setLocalDescription();
  }

  /** Offers, plays. Throws an ApiError if the server refuses. */
  async connect(url, token, iceServers = []) {
    const pc = this.#pc;
    this.#token = token;
    await this.#offered;
    if (iceServers.length) {
      pc.setConfiguration({ bundlePolicy: 'max-bundle', iceServers });
      await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
    }
    const response = await reach(url, {
      method: 'POST',
      headers: { 'Content-Type': SDP, ...bearer(this.#token) },
      body: pc.localDescription.sdp,
    });
    if (response.status !== 201) {
      this.close();
      throw await failure(response);
    }
    this.#location = new URL(response.headers.get('Location'), response.url).href;
    this.#etag = response.headers.get('ETag') ?? '*';
    const sdp = await response.text();
    if (this.#closed) {
      this.#delete(false);
      return;
    }
    await pc.setRemoteDescription({ type: 'answer', sdp });
    // Server-side ends are seen first by the transport; the connection itself needs seconds.
    for (const receiver of pc.getReceivers()) {
      receiver.transport?.addEventListener('statechange', () => receiver.transport.state === 'closed' && this.#lost());
    }
    this.#sendCandidates();
  }

  /** Leaves. `leaving`: the page itself goes away, so that the request must outlive it. */
  close(leaving = false) {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    clearTimeout(this.#restartTimer);
    clearTimeout(this.#lostTimer);
    this.#pc.close();
    if (this.#location) {
      this.#delete(leaving);
    }
  }

  /** Plays with sound; a browser that allows none without a gesture plays silently, and `silent` says so. */
  async play(muted) {
    this.#video.muted = muted;
    try {
      await this.#video.play();
    } catch (error) {
      if (error.name === 'NotAllowedError' && !muted) {
        this.dispatchEvent(new Event('silent'));
        await this.play(true);
      }
    }
  }

  /** What the browser measures: { audio, video } of inbound-rtp, and the pair's round trip in seconds. */
  async stats() {
    const found = {};
    (await this.#pc.getStats()).forEach((report) => {
      if (report.type === 'inbound-rtp') {
        found[report.kind] = report;
      } else if (report.type === 'candidate-pair' && report.nominated) {
        found.roundTripS = report.currentRoundTripTime;
      }
    });
    return found;
  }

  #show(stream) {
    if (this.#video.srcObject === stream || this.#closed) {
      return;
    }
    this.#video.srcObject = stream;
    const shown = () => !this.#closed && this.dispatchEvent(new Event('frame'));
    if (this.#video.requestVideoFrameCallback) {
      this.#video.requestVideoFrameCallback(shown);
    } else {
      this.#video.addEventListener('loadeddata', shown, { once: true });
    }
    this.dispatchEvent(new Event('stream'));
  }

  #trickle(candidate) {
    this.#candidates.push(candidate);
    if (this.#candidates.length === 1) {
      setTimeout(() => this.#sendCandidates(), 20);
    }
  }

  #sendCandidates() {
    if (!this.#location || !this.#candidates.length || this.#closed) {
      return;
    }
    const candidates = this.#candidates.splice(0);
    const { ufrag, pwd } = credentials(this.#pc.localDescription.sdp);
    const lines = [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`];
    for (const mid of new Set(candidates.map((candidate) => candidate.sdpMid))) {
      lines.push('m=audio 9 UDP/TLS/RTP/SAVPF 0', `a=mid:${mid}`);
      lines.push(...candidates.filter((candidate) => candidate.sdpMid === mid).map((candidate) => `a=${candidate.candidate}`));
    }
    this.#patch(lines, this.#etag).catch(() => {
      // Most networks connect without them: a viewer that does not is seen by its state.
    });
  }

  #patch(lines, etag) {
    const send = async () => {
      const response = await reach(this.#location, {
        method: 'PATCH',
        headers: { 'Content-Type': FRAGMENT, 'If-Match': etag, ...bearer(this.#token) },
        body: `${lines.join('\r\n')}\r\n`,
      });
      if (!response.ok) {
        throw await failure(response);
      }
      return response;
    };
    this.#patching = this.#patching.then(send, send);
    return this.#patching;
  }

  #watch() {
    const state = this.#pc.connectionState;
    if (state === 'connected') {
      clearTimeout(this.#restartTimer);
      clearTimeout(this.#lostTimer);
      this.#restartTimer = this.#lostTimer = 0;
    } else if (state === 'failed' || state === 'disconnected') {
      this.#restartTimer ||= setTimeout(() => this.#restart(), state === 'failed' ? 0 : RESTART_AFTER_MS);
      this.#lostTimer ||= setTimeout(() => this.#lost(), GIVE_UP_AFTER_MS);
    }
  }

  /** Looks for a new path: new credentials go by PATCH, and the server's come back. */
  async #restart() {
    const pc = this.#pc;
    try {
      pc.restartIce();
      await pc.setLocalDescription();
      const { ufrag, pwd } = credentials(pc.localDescription.sdp);
      const response = await this.#patch([`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`], '*');
      this.#etag = response.headers.get('ETag') ?? '*';
      await pc.setRemoteDescription({ type: 'answer', sdp: restarted(pc.remoteDescription.sdp, await response.text()) });
      this.#sendCandidates();
    } catch {
      this.#lost();
    }
  }

  #lost() {
    if (!this.#closed) {
      this.close();
      this.dispatchEvent(new Event('lost'));
    }
  }

  #delete(leaving) {
    fetch(this.#location, { method: 'DELETE', headers: bearer(this.#token), keepalive: leaving }).catch(() => {
      // The server drops a viewer whose connection is closed by itself.
    });
  }
}

function credentials(sdp) {
  return { ufrag: /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1], pwd: /^a=ice-pwd:(\S+)/m.exec(sdp)?.[1] };
}

/** The answer as it was, with the credentials and candidates of the fragment. */
function restarted(sdp, fragment) {
  const { ufrag, pwd } = credentials(fragment);
  const candidates = fragment.split(/\r?\n/).filter((line) => line.startsWith('a=candidate'));
  let seen = false;
  return sdp
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('a=candidate') && line !== 'a=end-of-candidates')
    .flatMap((line) => {
      if (line.startsWith('a=ice-pwd:')) {
        return [`a=ice-pwd:${pwd}`];
      }
      if (line.startsWith('a=ice-ufrag:')) {
        const first = !seen;
        seen = true;
        return [...(first ? candidates : []), `a=ice-ufrag:${ufrag}`];
      }
      return [line];
    })
    .join('\r\n');
}
