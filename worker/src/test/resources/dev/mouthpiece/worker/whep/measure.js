// Runs in the page before anything else: takes the times that bench/web tells.
(() => {
  const measure = { frames: 0, moved: NaN };
  new MutationObserver(() => {
    if (document.documentElement.dataset.state === 'live' && !performance.getEntriesByName('live').length) {
      performance.mark('live');
    }
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-state'] });

  let armed = null;
  let video;
  const canvas = new OffscreenCanvas(40, 24);
  const g = canvas.getContext('2d', { willReadFrequently: true });
  const mouth = () => {
    // The lips alone: the rest of the face lives while nobody speaks.
    g.drawImage(video, video.videoWidth * 0.4, video.videoHeight * 0.52, video.videoWidth * 0.2, video.videoHeight * 0.09, 0, 0, 40, 24);
    return g.getImageData(0, 0, 40, 24).data;
  };
  const difference = (a, b) => {
    let sum = 0;
    for (let i = 1; i < a.length; i += 4) {
      sum += Math.abs(a[i] - b[i]);
    }
    return sum / (a.length / 4);
  };
  const look = (now, meta) => {
    measure.frames++;
    if (armed) {
      const shown = mouth();
      if (armed.last) {
        const d = difference(shown, armed.last);
        if (!armed.clickedAt) {
          armed.idle = Math.max(armed.idle, d);
        } else if (Number.isNaN(measure.moved) && d > Math.max(1.5, armed.idle * 2)) {
          measure.moved = meta.expectedDisplayTime - armed.clickedAt;
        }
      }
      armed.last = shown;
    }
    video.requestVideoFrameCallback(look);
  };
  measure.begin = () => {
    video = document.getElementById('face');
    video.requestVideoFrameCallback(look);
    document.addEventListener('click', () => armed && (armed.clickedAt ||= performance.now()), { capture: true });
  };
  measure.arm = async () => {
    measure.moved = NaN;
    armed = { last: null, idle: 0, clickedAt: 0 };
    await new Promise((resolve) => setTimeout(resolve, 400));
  };

  const session = async () => (await (await fetch('/v1/sessions', { method: 'POST', body: JSON.stringify({ avatar_id: 'av_stock_001', transport: { type: 'whep' } }) })).json());
  let made;
  measure.offer = async () => {
    const { Viewer } = await import('/player.js');
    made ??= await session();
    const video = document.createElement('video');
    video.muted = true;
    const viewer = new Viewer(video);
    viewer.addEventListener('stream', () => viewer.play(true));
    await new Promise((resolve) => setTimeout(resolve, 250));
    const first = new Promise((resolve) => viewer.addEventListener('frame', () => resolve(performance.now())));
    const from = performance.now();
    await viewer.connect(made.transport.whep_url, made.transport.token);
    const took = (await first) - from;
    viewer.close();
    return took;
  };
  measure.comeAndGo = async (count) => {
    for (let i = 0; i < count; i++) {
      await measure.offer();
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  };

  // Runs in a thread of Web Audio: tells the context's time of each first loud sample after silence.
  const ONSET = `registerProcessor('onset', class extends AudioWorkletProcessor {
    constructor() { super(); this.quiet = Infinity; }
    process([[samples]]) {
      for (let k = 0; k < (samples?.length ?? 0); k++) {
        if (Math.abs(samples[k]) < 0.05) { this.quiet++; continue; }
        if (this.quiet > sampleRate * 0.3) { this.port.postMessage(currentTime + k / sampleRate); }
        this.quiet = 0;
      }
      return true;
    }
  });`;

  // When Web Audio has each beep, output latency taken off. What it keeps waiting between the element and itself is in it.
  const listenByWebAudio = async (heard) => {
    const audio = new AudioContext({ latencyHint: 'interactive' });
    await audio.audioWorklet.addModule(URL.createObjectURL(new Blob([ONSET], { type: 'text/javascript' })));
    const node = new AudioWorkletNode(audio, 'onset', { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }) => {
      const stamp = audio.getOutputTimestamp();
      heard.push(stamp.performanceTime + (data - stamp.contextTime) * 1000 - audio.outputLatency * 1000);
    };
    audio.createMediaStreamSource(video.srcObject).connect(node);
    return () => audio.close();
  };

  // When the playing element itself takes each beep out of the jitter buffer, to hand it to the output. Chromium stamps each 10 ms
  // at that moment, by the clock that performance.now() counts from the page's start on: the start is where they come closest.
  const listenAtTheElement = (heard) => {
    const [track] = video.srcObject.getAudioTracks();
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    const onsets = [];
    let startUs = Infinity;
    let quiet = Infinity;
    const read = async () => {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        const sound = next.value;
        startUs = Math.min(startUs, performance.now() * 1000 - sound.timestamp);
        const samples = new Float32Array(sound.numberOfFrames);
        sound.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
        for (let k = 0; k < samples.length; k++) {
          if (Math.abs(samples[k]) < 0.05) {
            quiet++;
            continue;
          }
          if (quiet > sound.sampleRate * 0.3) {
            onsets.push(sound.timestamp + (k * 1e6) / sound.sampleRate);
          }
          quiet = 0;
        }
        sound.close();
      }
    };
    const done = read();
    return async () => {
      await reader.cancel();
      await done;
      heard.push(...onsets.map((at) => (at + startUs) / 1000));
    };
  };

  const watchFlashes = (shown) => {
    let lit = false;
    const flash = (now, meta) => {
      const data = mouth();
      let sum = 0;
      for (let i = 1; i < data.length; i += 4) {
        sum += data[i];
      }
      const on = sum / (data.length / 4) > 160;
      if (on && !lit) {
        shown.push(meta.expectedDisplayTime);
      }
      lit = on;
      video.requestVideoFrameCallback(flash);
    };
    video.requestVideoFrameCallback(flash);
  };

  // Beeps are spoken, each from the first sample of a picture on; each is white on the test card. Sound minus picture, ms: by the
  // playing element, by Web Audio, and by what the receiver says of itself.
  /** What the sender has sent, and when that was, ms: [pictures, time]. Shown pictures may be fewer where the browser is busy. */
  measure.received = async () => {
    let result = [NaN, NaN];
    (await connections.at(-1).getStats()).forEach((report) => {
      if (report.type === 'inbound-rtp' && report.kind === 'video') {
        result = [report.framesReceived, report.timestamp];
      }
    });
    return result;
  };

  measure.beeps = async (count) => {
    const { Speech } = await import('/speech.js');
    const shown = [];
    const heard = { element: [], webAudio: [] };
    const receiver = [];
    const rest = [listenAtTheElement(heard.element), await listenByWebAudio(heard.webAudio)];
    watchFlashes(shown);
    const asking = setInterval(async () => {
      const playing = {};
      (await connections.at(-1).getStats()).forEach((report) => {
        if (report.type === 'inbound-rtp' && report.estimatedPlayoutTimestamp) {
          playing[report.kind] = report.estimatedPlayoutTimestamp;
        }
      });
      if (playing.audio && playing.video) {
        receiver.push(playing.video - playing.audio);
      }
    }, 250);
    const rate = 16000;
    const pcm = new Int16Array(rate * (count + 1));
    for (let second = 1; second <= count; second++) {
      for (let i = 0; i < rate * 0.12; i++) {
        pcm[second * rate + i] = 16000 * Math.sin((2 * Math.PI * 1000 * i) / rate);
      }
    }
    const made = measure.session;
    const speech = new Speech(made.transport.speech_url, made.transport.token);
    await speech.open(rate);
    await speech.say(pcm, rate);
    await new Promise((resolve) => setTimeout(resolve, (count + 3) * 1000));
    clearInterval(asking);
    speech.close();
    for (const end of rest) {
      await end();
    }
    const offsets = (sounds) =>
      sounds
        .map((at) => shown.map((seen) => at - seen).reduce((best, x) => (Math.abs(x) < Math.abs(best) ? x : best), Infinity))
        .filter((x) => Math.abs(x) < 400);
    return { element: offsets(heard.element), webAudio: offsets(heard.webAudio), receiver };
  };

  const connections = [];
  const PlainConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends PlainConnection {
    constructor(...args) {
      super(...args);
      connections.push(this);
    }
  };
  const plain = window.fetch;
  window.fetch = async (...args) => {
    const response = await plain(...args);
    if (String(args[0]).endsWith('/v1/sessions')) {
      measure.session ??= await response.clone().json();
    }
    return response;
  };
  window.measure = measure;
})();
