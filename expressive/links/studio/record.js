/** Recording a film: begin, see how long it is, end, download. */

import { byId, write } from "./dom.js";

export class Recorder {
  /**
   * @param {(on: boolean) => Promise<object>} record
   * @param {(url: string) => string} address of a recording
   * @param {(error: Error) => void} fail
   */
  constructor(record, address, fail) {
    this._button = byId("record");
    this._film = byId("film");
    this._record = record;
    this._address = address;
    this._fail = fail;
    this._since_ms = null;
    this._button.addEventListener("click", () => this._toggle());
    setInterval(() => this._label(), 500);
  }

  /** The server has stopped by itself, or the connection is gone. */
  ended(url) {
    this._since_ms = null;
    if (url) this._offer({ url });
    this._label();
  }

  /** Films are deleted with the connection. */
  forget() {
    this._film.hidden = true;
    this.ended(null);
  }

  async _toggle() {
    const on = this._since_ms === null;
    this._button.disabled = true;
    try {
      const answer = await this._record(on);
      this._since_ms = on ? performance.now() : null;
      if (on) this._film.hidden = true;
      else this._offer(answer);
    } catch (error) {
      this._since_ms = null;
      this._fail(error);
    } finally {
      this._button.disabled = false;
      this._label();
    }
  }

  _offer({ url, bytes, duration_s }) {
    this._film.href = this._address(url);
    const size = bytes ? ` (${duration_s.toFixed(1)} s, ${(bytes / 1e6).toFixed(1)} MB)` : "";
    this._film.textContent = `Download the film${size}`;
    this._film.hidden = false;
  }

  _label() {
    const on = this._since_ms !== null;
    write(this._button, on ? "Stop recording" : "Record");
    this._button.classList.toggle("on", on);
    const seconds = on ? Math.floor((performance.now() - this._since_ms) / 1000) : 0;
    write(byId("recorded"), on ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "");
  }
}
