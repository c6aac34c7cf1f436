/** What is measured: from a slider to the pixels, pictures a second, sound in store, lips against sound. */

import { byId, write } from "./dom.js";

const KEPT = 30;
const TARGET_MS = 100;
const LOST_MS = 2000;

export class Meters {
  constructor() {
    this._asked = new Map();
    this._latencies_ms = [];
    this._lips_ms = [];
    this._since = { at: performance.now(), count: 0 };
  }

  /** Something was asked of the server, at the time of the person's own movement. */
  asked(id, at_ms = performance.now()) {
    if (id) this._asked.set(id, at_ms);
  }

  /** A picture is on the canvas; it counts when the screen has had it, one animation frame later. */
  shown({ applied, t_s }, heard_s) {
    if (heard_s !== null) keep(this._lips_ms, 1000 * (heard_s - t_s));
    const known = [...this._asked].filter(([id]) => id <= applied);
    for (const [id] of known) this._asked.delete(id);
    if (known.length) {
      requestAnimationFrame(() => {
        const now = performance.now();
        for (const [, at_ms] of known) if (now - at_ms < LOST_MS) keep(this._latencies_ms, now - at_ms);
      });
    }
  }

  /** Median time from a person's movement to the pixels [ms], or null. */
  get latency_ms() {
    return median(this._latencies_ms);
  }

  reset() {
    this._asked.clear();
  }

  /** Show the figures; call about twice a second. */
  show(count, sound) {
    const now = performance.now();
    const rate = (1000 * (count - this._since.count)) / (now - this._since.at);
    this._since = { at: now, count };
    const latency = this.latency_ms;
    const verdict = latency <= TARGET_MS ? "✓" : `over ${TARGET_MS}`;
    write(byId("latency"), latency === null ? "–" : `${Math.round(latency)} ms ${verdict}`);
    write(byId("rate"), `${Math.round(rate)} / s`);
    write(byId("buffer"), sound.on ? `${Math.round(1000 * sound.buffered_s)} ms, ${sound.late} late` : "sound is off");
    const lips = median(this._lips_ms);
    write(byId("lips"), lips === null ? "–" : `${Math.round(lips)} ms`);
  }
}

function keep(list, value) {
  list.push(value);
  if (list.length > KEPT) list.shift();
}

function median(list) {
  return list.length ? [...list].sort((a, b) => a - b)[list.length >> 1] : null;
}
