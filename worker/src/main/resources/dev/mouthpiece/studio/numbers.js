// Live numbers, in words that a person understands.

const set = (id, value, says, mood = '') => {
  const number = document.getElementById(id);
  number.textContent = value;
  number.dataset.mood = mood;
  document.getElementById(`${id}-says`).textContent = says;
};

export const numbers = {
  firstMovement(ms, since) {
    set('n-first', `${Math.round(ms)} ms`, since, ms <= 350 ? 'good' : ms <= 700 ? 'fair' : 'poor');
  },

  /** `ms` > 0: the sound comes after the lips. */
  offset(ms) {
    const far = Math.abs(ms);
    const says = far <= 45 ? 'apart: nobody can tell' : far <= 100 ? `apart, ${ms > 0 ? 'lips' : 'sound'} first: hard to see` : `apart, ${ms > 0 ? 'lips' : 'sound'} first: visible`;
    set('n-sync', `${Math.round(far)} ms`, says, far <= 45 ? 'good' : far <= 100 ? 'fair' : 'poor');
  },

  framesPerSecond(fps, nominal, frozen) {
    const says = frozen ? `a second, ${frozen} ${frozen === 1 ? 'freeze' : 'freezes'} so far` : fps >= nominal * 0.94 ? 'a second: smooth' : 'a second: frames get lost';
    set('n-fps', fps.toFixed(fps < 10 ? 1 : 0), says, fps >= nominal * 0.94 ? 'good' : fps >= nominal * 0.75 ? 'fair' : 'poor');
  },

  queue(seconds) {
    set('n-queue', seconds < 0.05 ? 'nothing' : `${seconds.toFixed(1)} s`, seconds < 0.05 ? 'all is said' : 'of speech waits its turn');
  },

  clear() {
    set('n-first', '\u2013', 'after speech begins');
    set('n-sync', '\u2013', 'how far apart');
    set('n-fps', '\u2013', 'frames a second');
    set('n-queue', '\u2013', 'speech that waits');
  },
};

/** Turns the browser's running totals into what happened since the last look. */
export class Meter {
  #frames = 0;
  #atMs = 0;
  #delayS = 0;
  #emitted = 0;

  /** Milliseconds from a picture's arrival to its showing, as of late. */
  videoDelayMs = 25;

  read({ audio, video }, nominalFps) {
    if (!video) {
      return;
    }
    const seconds = (video.timestamp - this.#atMs) / 1000;
    if (this.#atMs && seconds > 0) {
      numbers.framesPerSecond((video.framesDecoded - this.#frames) / seconds, nominalFps, video.freezeCount ?? 0);
      const emitted = video.jitterBufferEmittedCount - this.#emitted;
      if (emitted > 0) {
        this.videoDelayMs = (1000 * (video.jitterBufferDelay - this.#delayS)) / emitted + 5;
      }
    }
    this.#frames = video.framesDecoded;
    this.#atMs = video.timestamp;
    this.#delayS = video.jitterBufferDelay;
    this.#emitted = video.jitterBufferEmittedCount;
    if (audio?.estimatedPlayoutTimestamp && video.estimatedPlayoutTimestamp) {
      // The stream that is further on in the sender's time is ahead of the other.
      numbers.offset(video.estimatedPlayoutTimestamp - audio.estimatedPlayoutTimestamp);
    }
  }
}
