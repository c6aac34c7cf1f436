/** A slider for each emotion; behind each the felt intensity as a bar and the shown one as a diamond. */

import { inkOf } from "./colour.js";
import { dye, make, percent, perFrame, words, write } from "./dom.js";

const RESTS_MS = 700;

export class Sliders {
  /**
   * @param {HTMLElement} root
   * @param {(emotion: string, intensity: number, lasting: boolean, at_ms: number) => void} feel `lasting` while dragged
   */
  constructor(root, feel) {
    this._root = root;
    this._feel = feel;
    this._rows = new Map();
  }

  set emotions(names) {
    this._rows = new Map(names.map((name) => [name, this._row(name)]));
    this._root.replaceChildren(...[...this._rows.values()].map(({ row }) => row));
    this.repaint();
  }

  repaint() {
    for (const [name, { row }] of this._rows) row.style.setProperty("--hue", inkOf(name));
  }

  /** Intensities by name; those that are missing are 0. */
  show(felt, shown) {
    for (const [name, entry] of this._rows) {
      const [is, seen] = [felt[name] ?? 0, shown[name] ?? 0];
      entry.now = { is, seen };
      dye(entry.row, "--felt", is.toFixed(3));
      dye(entry.row, "--shown", seen.toFixed(3));
      write(entry.number, percent(is));
      entry.row.classList.toggle("awake", is > 0.02 || seen > 0.02);
      const busy = performance.now() - entry.touched_ms < RESTS_MS || document.activeElement === entry.input;
      if (!busy) this._set(entry, is);
    }
  }

  _set(entry, value) {
    entry.input.value = value;
    const { is, seen } = entry.now;
    entry.input.setAttribute("aria-valuetext", `${percent(value)}; felt ${percent(is)}, shown ${percent(seen)}`);
  }

  _row(name) {
    const id = `feel-${name}`;
    const input = make("input", { id, type: "range", min: 0, max: 1, step: 0.01, value: 0 });
    const number = make("output", { htmlFor: id, className: "number" }, "0 %");
    const marks = ["fill", "seen"].map((className) => make("span", { className }));
    const bar = make("span", { className: "bar" }, ...marks);
    const track = make("span", { className: "track" }, bar, input);
    const row = make("div", { className: "slider" }, make("label", { htmlFor: id }, words(name)), track, number);
    const entry = { row, input, number, touched_ms: -RESTS_MS, now: { is: 0, seen: 0 } };
    const send = perFrame((value, lasting, at_ms) => this._feel(name, value, lasting, at_ms));
    const moved = (lasting, at_ms) => {
      entry.touched_ms = performance.now();
      this._set(entry, input.valueAsNumber);
      send(input.valueAsNumber, lasting, at_ms);
    };
    let held = false;
    input.addEventListener("pointerdown", () => (held = true));
    input.addEventListener("keydown", () => {
      // The thumb of a focused slider stays where it is; a key moves it from what is felt by now.
      if (performance.now() - entry.touched_ms > RESTS_MS) this._set(entry, entry.now.is);
    });
    input.addEventListener("input", (event) => moved(held, event.timeStamp));
    input.addEventListener("change", (event) => {
      held = false;
      moved(false, event.timeStamp);
    });
    return entry;
  }
}
