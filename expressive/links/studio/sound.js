/** The character's voice on the loudspeakers, and the clock that pictures follow while it speaks. */

import { clamp } from "./dom.js";

const RESERVE_S = 0.06; // jitter buffer: how far what is heard and seen lags behind the server's clock
const STALE_S = 0.5;
const FOLLOWING = 0.05;

/** The server's clock as seen from here: the least delayed of what arrived lately tells it best. */
export class RemoteClock {
  constructor() {
    this.offset_s = null;
  }

  saw(t_s) {
    const offset = t_s - performance.now() / 1000;
    const jumped = this.offset_s === null || Math.abs(offset - this.offset_s) > STALE_S;
    // It may fall behind, on a machine that is too slow: the estimate follows by and by.
    const behind = this.offset_s - offset;
    this.offset_s = jumped || behind < 0 ? offset : this.offset_s - FOLLOWING * behind;
  }

  get now_s() {
    return this.offset_s === null ? 0 : this.offset_s + performance.now() / 1000;
  }
}

export class Sound {
  constructor() {
    this.level = 0;
    this.late = 0;
    this._volume = 0.8;
    this._context = null;
    this._report = null;
  }

  /** Whether the browser lets sound out; it waits for the person's first gesture. */
  get on() {
    return this._context?.state === "running";
  }

  set volume(share) {
    this._volume = share;
    if (this._gain) this._gain.gain.value = share;
  }

  /** Get ready for sound of a rate; many a browser lets it out only after `resume`. */
  async start(rate) {
    if (this._context?.sampleRate === rate) return;
    await this._context?.close();
    const context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    await context.audioWorklet.addModule(new URL("sound-worklet.js", import.meta.url));
    this._context = context;
    this._node = new AudioWorkletNode(context, "speaker", { numberOfInputs: 0, outputChannelCount: [2] });
    this._gain = new GainNode(context, { gain: this._volume });
    this._node.connect(this._gain).connect(context.destination);
    this._node.port.onmessage = ({ data }) => this._heard(data);
    context.onstatechange = () => this.onchange?.();
    this.onchange?.();
  }

  async resume() {
    await this._context?.resume();
  }

  async suspend() {
    await this._context?.suspend();
  }

  /** Take a piece of sound that is to be heard at its `t_s` on the character's clock. */
  push({ samples, t_s, sample_rate }, clock) {
    if (!this.on || sample_rate !== this._context.sampleRate) return;
    const number = (time_s) => Math.round(time_s * sample_rate);
    const now = number(clock.now_s - RESERVE_S);
    this._node.port.postMessage({ samples, start: number(t_s), now, reserve: number(RESERVE_S) });
  }

  /** Throw away what has not been heard yet. */
  flush() {
    this._node?.port.postMessage({});
  }

  /** The moment on the character's clock that is heard now [s], or null in silence. */
  get heard_s() {
    const report = this._report;
    if (!this.on || !report || report.head >= report.end) return null;
    const { sampleRate } = this._context;
    const heard = report.head / sampleRate + this._outputTime() - report.time;
    return clamp(heard, 0, report.end / sampleRate);
  }

  /** Sound in store [s]. */
  get buffered_s() {
    const heard = this.heard_s;
    return heard === null ? 0 : Math.max(0, this._report.end / this._context.sampleRate - heard);
  }

  /** The context's time of the sample that leaves the loudspeaker now. */
  _outputTime() {
    const { contextTime, performanceTime } = this._context.getOutputTimestamp?.() ?? {};
    if (contextTime > 0) return contextTime + (performance.now() - performanceTime) / 1000;
    return this._context.currentTime - (this._context.outputLatency || this._context.baseLatency || 0);
  }

  _heard(report) {
    this._report = report;
    this.level = Math.max(report.peak, 0.7 * this.level);
    this.late = report.late;
  }
}
