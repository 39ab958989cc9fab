// Put into the page by tests: what is shown and what is heard, as a person would see and hear it.
(() => {
  const video = document.getElementById('face');
  const canvas = new OffscreenCanvas(48, 32);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const watch = { frames: 0, moves: [], rms: [], colours: 0 };
  let before = null;
  const look = (now) => {
    watch.frames++;
    const { videoWidth: w, videoHeight: h } = video;
    if (w) {
      // Mouth and chin of a portrait as it is framed.
      context.drawImage(video, w * 0.36, h * 0.5, w * 0.28, h * 0.16, 0, 0, 48, 32);
      const data = context.getImageData(0, 0, 48, 32).data;
      if (before) {
        let sum = 0;
        for (let i = 0; i < data.length; i += 4) {
          sum += Math.abs(data[i + 1] - before[i + 1]);
        }
        watch.moves.push([now, sum / (48 * 32)]);
      }
      watch.colours = new Set(data).size;
      before = data;
    }
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  watch.listen = async () => {
    const audio = new AudioContext();
    await audio.resume();
    const analyser = audio.createAnalyser();
    analyser.fftSize = 2048;
    audio.createMediaStreamSource(video.srcObject).connect(analyser);
    const samples = new Float32Array(2048);
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      watch.rms.push([performance.now(), Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length)]);
    }, 40);
  };
  watch.since = (list, ms) => list.filter(([at]) => at > performance.now() - ms).map(([, value]) => value);
  watch.mean = (list, ms) => {
    const values = watch.since(list, ms);
    return values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length);
  };
  window.watch = watch;
})();
