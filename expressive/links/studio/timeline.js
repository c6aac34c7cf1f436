/** The last minute as a score: felt emotions as lines, states as bands, spoken words and events as marks. */

import { inkOf } from "./colour.js";
import { clamp, fitted, percent, perFrame, words } from "./dom.js";

const SPAN_S = 60;
const SEEN = 0.03;
const LABELLED = 5;
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2]];
const LANE = 20;

export class Timeline {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this._canvas = canvas;
    this._emotions = [];
    this._draw = perFrame(() => this._paint());
    this.clear();
    new ResizeObserver(() => this._draw()).observe(canvas);
  }

  set emotions(names) {
    this._emotions = names;
  }

  clear() {
    this._points = []; // {t_s, felt}
    this._states = []; // {t_s, name}
    this._marks = []; // {t_s, kind, text}
    this._drawn_s = -1;
    this._draw();
  }

  /** What is felt now, and in which state the character is. */
  push(t_s, felt, state) {
    if (t_s < (this._points.at(-1)?.t_s ?? 0)) this.clear();
    this._points.push({ t_s, felt });
    if (this._states.at(-1)?.name !== state) this._states.push({ t_s, name: state });
    const old = t_s - SPAN_S - 1;
    while (this._points[0].t_s < old) this._points.shift();
    while (this._marks.length && this._marks[0].t_s < old) this._marks.shift();
    while (this._states.length > 1 && this._states[1].t_s < old) this._states.shift();
    const step = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1 : 0.05;
    if (t_s - this._drawn_s >= step) {
      this._drawn_s = t_s;
      this._draw();
    }
  }

  /** A line as it begins (`line`), a spoken word (`word`) or something that happened (`event`). */
  mark(t_s, kind, text) {
    this._marks.push({ t_s, kind, text });
  }

  /** What the plot shows, in words. */
  describe() {
    const peaks = this._peaks().map(([name, peak]) => `${words(name)} up to ${percent(peak)}`);
    const states = this._states.map(({ name }) => words(name)).join(", then ");
    return `The last sixty seconds. Felt: ${peaks.join(", ") || "nothing"}. States: ${states || "none yet"}.`;
  }

  repaint() {
    this._draw();
  }

  _peaks() {
    const peak = (name) => this._points.reduce((most, { felt }) => Math.max(most, felt[name] ?? 0), 0);
    return this._emotions.map((name) => [name, peak(name)]).filter(([, x]) => x > SEEN).sort((x, y) => y[1] - x[1]);
  }

  _paint() {
    const { context, width, height } = fitted(this._canvas);
    if (!width) return;
    const style = getComputedStyle(this._canvas);
    const [ink, faint] = ["--ink", "--line"].map((name) => style.getPropertyValue(name).trim());
    const font = getComputedStyle(document.body).fontFamily;
    const labels = width < 600 ? 88 : 120;
    const plot = { left: 0, right: width - labels, top: 8, bottom: height - 3 * LANE };
    const now = this._points.at(-1)?.t_s ?? 0;
    const x = (t_s) => plot.right - ((now - t_s) / SPAN_S) * (plot.right - plot.left);
    const y = (level) => plot.bottom - level * (plot.bottom - plot.top);
    context.clearRect(0, 0, width, height);
    context.font = `12px ${font}`;
    context.textBaseline = "middle";
    this._grid(context, plot, x, y, now, ink, faint, height);
    this._bands(context, plot, x, now, ink, faint);
    this._words(context, plot, x, ink, height);
    this._lines(context, plot, x, y, font);
  }

  _grid(context, plot, x, y, now, ink, faint, height) {
    context.strokeStyle = faint;
    context.fillStyle = ink;
    context.lineWidth = 1;
    for (const level of [0, 0.5, 1]) line(context, [plot.left, y(level)], [plot.right, y(level)]);
    context.globalAlpha = 0.75;
    context.textAlign = "center";
    const step = plot.right < 500 ? 20 : 10;
    for (let back = step; back < SPAN_S; back += step) {
      line(context, [x(now - back), plot.top], [x(now - back), plot.bottom]);
      context.fillText(`−${back} s`, x(now - back), height - LANE / 2);
    }
    context.textAlign = "right";
    context.fillText("now", plot.right, height - LANE / 2);
    context.globalAlpha = 1;
  }

  _bands(context, plot, x, now, ink, faint) {
    const top = plot.bottom + 2;
    context.textAlign = "left";
    this._states.forEach(({ t_s, name }, i) => {
      const left = Math.max(plot.left, x(t_s));
      const right = x(this._states[i + 1]?.t_s ?? now);
      if (right <= left) return;
      context.fillStyle = faint;
      context.globalAlpha = i % 2 ? 1 : 0.55;
      context.fillRect(left, top, Math.max(1, right - left - 1), LANE - 4);
      context.globalAlpha = 1;
      context.fillStyle = ink;
      clipped(context, words(name), left + 5, top + LANE / 2 - 2, right - left - 8);
    });
  }

  _words(context, plot, x, ink, height) {
    const lane = height - 1.5 * LANE;
    context.fillStyle = ink;
    context.strokeStyle = ink;
    context.textAlign = "left";
    const rows = [];
    const lines = this._marks.filter(({ kind }) => kind === "line").map(({ t_s, text }) => ({ left: x(t_s), text }));
    lines.forEach(({ left, text }, i) => {
      const from = Math.max(left, plot.left);
      clipped(context, `“${text}”`, from, lane, (lines[i + 1]?.left ?? plot.right + 100) - from - 6);
    });
    for (const { t_s, kind, text } of this._marks) {
      const at = x(t_s);
      if (at < plot.left) continue;
      if (kind === "word") line(context, [at, plot.bottom], [at, plot.bottom - 6]);
      if (kind === "event") this._event(context, plot, at, text, rows);
    }
  }

  _event(context, plot, at, text, rows) {
    context.globalAlpha = 0.6;
    context.setLineDash([3, 3]);
    line(context, [at, plot.top], [at, plot.bottom]);
    context.setLineDash([]);
    context.globalAlpha = 1;
    const size = context.measureText(text).width;
    const left = clamp(at + 4, plot.left, plot.right - size);
    let row = rows.findIndex((end) => end < left);
    if (row < 0) row = rows.length;
    rows[row] = left + size + 6;
    context.fillText(text, left, plot.top + 5 + 14 * row);
  }

  _lines(context, plot, x, y, font) {
    const peaks = this._peaks();
    const latest = this._points.at(-1)?.felt ?? {};
    const ends = [];
    peaks.forEach(([name]) => {
      const index = this._emotions.indexOf(name);
      context.strokeStyle = inkOf(name);
      context.lineWidth = 2;
      context.setLineDash(DASHES[index % DASHES.length]);
      context.beginPath();
      for (const { t_s, felt } of this._points) context.lineTo(Math.max(plot.left, x(t_s)), y(felt[name] ?? 0));
      context.stroke();
      ends.push({ name, y: y(latest[name] ?? 0), level: latest[name] ?? 0, dash: DASHES[index % DASHES.length] });
    });
    const labelled = ends.sort((p, q) => q.level - p.level).slice(0, LABELLED).sort((p, q) => p.y - q.y);
    // Labels keep their distance: downwards first, then up again from the floor.
    labelled.forEach((end, i) => (end.at = Math.max(end.y, (labelled[i - 1]?.at ?? -LANE) + 15)));
    labelled.reduceRight((floor, end) => (end.at = Math.min(end.at, floor)) - 15, plot.bottom);
    context.font = `600 12px ${font}`;
    context.textAlign = "left";
    for (const { name, y: level, at, dash } of labelled) {
      context.strokeStyle = context.fillStyle = inkOf(name);
      context.setLineDash([]);
      context.lineWidth = 1;
      line(context, [plot.right, level], [plot.right + 6, at]);
      context.setLineDash(dash);
      context.lineWidth = 2;
      line(context, [plot.right + 6, at], [plot.right + 22, at]);
      context.fillText(name, plot.right + 27, at);
    }
    context.setLineDash([]);
  }
}

function line(context, from, to) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

function clipped(context, text, x, y, room) {
  let shown = text;
  while (shown.length > 1 && context.measureText(shown).width > room) shown = `${shown.slice(0, -2)}…`;
  if (context.measureText(shown).width <= room) context.fillText(shown, x, y);
}
