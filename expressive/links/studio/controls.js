/** The numbers that pose the face, as bars, in groups. */

import { make } from "./dom.js";

const GROUPS = [
  ["Brows", /^brow/],
  ["Eyes", /^eye/],
  ["Jaw and tongue", /^(jaw|tongue)/],
  ["Mouth", /^mouth/],
  ["Cheeks and nose", /^(cheek|nose)/],
  ["Head and gaze [rad]", /^(head|leftEye|rightEye)/],
];

export class Controls {
  constructor(root) {
    this._root = root;
    this._bars = [];
  }

  /** @param {string[]} names @param {number[]} low @param {number[]} high of each */
  build(names, low, high) {
    this._bars = names.map((name, i) => {
      const fill = make("span", { className: "fill" });
      const number = make("span", { className: "number" }, "0.00");
      const bar = make("span", { className: "bar" }, fill);
      const row = make("li", {}, make("span", { className: "name" }, name), bar, number);
      return { name, row, fill, number, low: low[i], high: high[i], last: null };
    });
    const group = ([title, pattern]) => {
      const rows = this._bars.filter(({ name }) => pattern.test(name)).map(({ row }) => row);
      return make("section", {}, make("h3", {}, title), make("ul", {}, ...rows));
    };
    this._root.replaceChildren(...GROUPS.map(group));
  }

  /** @param {number[]} values in the order of the names */
  show(values) {
    this._bars.forEach((bar, i) => {
      const shown = values[i].toFixed(2);
      if (shown === bar.last) return;
      bar.last = shown;
      bar.number.textContent = shown.replace("-", "−");
      const [from, to] = [0, values[i]].map((x) => (x - bar.low) / (bar.high - bar.low || 1));
      bar.fill.style.setProperty("--from", Math.min(from, to).toFixed(3));
      bar.fill.style.setProperty("--size", Math.abs(to - from).toFixed(3));
    });
  }
}
