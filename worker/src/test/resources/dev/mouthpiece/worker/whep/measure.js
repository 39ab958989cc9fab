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

  // Beeps are spoken; each is white on the test card. Offsets: sound minus picture, output latency taken off.
  measure.beeps = async (count) => {
    const { Speech } = await import('/speech.js');
    const audio = new AudioContext({ latencyHint: 'interactive' });
    const code = `registerProcessor('onset', class extends AudioWorkletProcessor {
      constructor() { super(); this.quiet = 1e9; }
      process(i) {
        const c = i[0][0]; if (!c) return true;
        for (let k = 0; k < c.length; k++) {
          if (Math.abs(c[k]) > 0.05) { if (this.quiet > sampleRate * 0.3) this.port.postMessage(currentTime + k / sampleRate); this.quiet = 0; } else this.quiet++;
        }
        return true;
      } });`;
    await audio.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
    const heard = [];
    const shown = [];
    const node = new AudioWorkletNode(audio, 'onset', { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }) => {
      const stamp = audio.getOutputTimestamp();
      heard.push(stamp.performanceTime + (data - stamp.contextTime) * 1000 - audio.outputLatency * 1000);
    };
    audio.createMediaStreamSource(video.srcObject).connect(node);
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
    const rate = 16000;
    const pcm = new Int16Array(rate * count);
    for (let second = 0; second < count; second++) {
      for (let i = 0; i < rate * 0.12; i++) {
        pcm[second * rate + rate / 2 + i] = 16000 * Math.sin((2 * Math.PI * 1000 * i) / rate);
      }
    }
    const made = measure.session;
    const speech = new Speech(made.transport.speech_url, made.transport.token);
    await speech.open(rate);
    await speech.say(pcm, rate);
    await new Promise((resolve) => setTimeout(resolve, count * 1000 + 2000));
    speech.close();
    return heard
      .map((at) => shown.map((seen) => at - seen).reduce((best, x) => (Math.abs(x) < Math.abs(best) ? x : best), 1e9))
      .filter((x) => Math.abs(x) < 400);
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
