/**
 * Plays sound at its place on the character's clock: a ring in which the time of a sample is its number.
 *
 * Gaps are silence, and nothing has to be told when a line ends. Where sound comes late, the playhead goes back by the
 * jitter buffer and waits there.
 */

const RING_S = 8;
const REPORT_BLOCKS = 8;

class Speaker extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ring = new Float32Array(Math.round(RING_S * sampleRate));
    this.head = 0; // number of the sample that is played next
    this.end = 0; // number after the last sample that has arrived
    this.blocks = 0;
    this.peak = 0;
    this.late = 0;
    this.port.onmessage = ({ data }) => (data.samples ? this.take(data) : this.flush());
  }

  /** `start` is the number of the first sample, `now` that of the one which is due at present. */
  take({ samples, start, now, reserve }) {
    const length = this.ring.length;
    const apart = Math.abs(start - this.end) > length / 2;
    if (this.head >= this.end || apart) {
      const late = start < now;
      if (late && start === this.end) this.late += 1;
      this.head = Math.max(0, late || start - now > length / 2 ? start - reserve : now);
      this.ring.fill(0);
      this.end = start;
    }
    for (let i = 0; i < samples.length; i += 1) this.ring[(start + i) % length] = samples[i];
    this.end = Math.max(this.end, start + samples.length);
  }

  flush() {
    this.ring.fill(0);
    this.end = this.head;
  }

  process(_, [[out, ...others]]) {
    for (let i = 0; i < out.length && this.head < this.end; i += 1) {
      const at = this.head % this.ring.length;
      out[i] = this.ring[at];
      this.ring[at] = 0;
      this.head += 1;
      this.peak = Math.max(this.peak, Math.abs(out[i]));
    }
    for (const other of others) other.set(out);
    this.blocks += 1;
    if (this.blocks % REPORT_BLOCKS === 0) {
      const [head, end, peak, late] = [this.head, this.end, this.peak, this.late];
      this.port.postMessage({ head, end, peak, late, time: currentTime + out.length / sampleRate });
      this.peak = 0;
    }
    return true;
  }
}

registerProcessor("speaker", Speaker);
