/** The pad of valence and arousal: drag a point and the character feels it; see where it is and where it came from. */

import { colourAt, cssOf, isDark } from "./colour.js";
import { clamp, fitted, perFrame, signed } from "./dom.js";

const STEP = 0.05;
const BIG_STEP = 0.2;
const TRAIL_S = 6;
const FIELD = 40;
const BELOW = ["hope", "relief", "boredom", "tenderness", "sadness", "surprise", "happiness", "contempt"];
const LEFT = ["fear", "disgust", "pride"];
const NEAR = 0.45;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Pad {
  /**
   * @param {HTMLElement} knob what is focused and dragged
   * @param {HTMLCanvasElement} canvas behind it
   * @param {(valence: number, arousal: number, lasting: boolean, at_ms: number) => void} move `lasting` while dragged
   */
  constructor(knob, canvas, move) {
    this._knob = knob;
    this._canvas = canvas;
    this._places = {};
    this._target = [0, 0];
    this._felt = null;
    this._shown = null;
    this._trail = [];
    this._dragging = false;
    this._move = perFrame(move);
    this._draw = perFrame(() => this._paint());
    knob.addEventListener("pointerdown", (event) => this._grab(event));
    knob.addEventListener("pointermove", (event) => this._dragging && this._drag(event, true));
    knob.addEventListener("pointerup", (event) => this._drop(event));
    knob.addEventListener("pointercancel", (event) => this._drop(event));
    knob.addEventListener("keydown", (event) => this._key(event));
    new ResizeObserver(() => this._draw()).observe(canvas);
  }

  /** Put the emotions at their places: name → [valence, arousal, dominance]. */
  set places(places) {
    this._places = places;
    this._field = null;
    this._draw();
  }

  /** Colours have changed. */
  repaint() {
    this._field = null;
    this._draw();
  }

  /** Where the character is now: [valence, arousal, …] of what it feels and what it shows. */
  show(felt, shown, t_s) {
    if (this._trail.length && t_s < this._trail.at(-1).t_s) this._trail = [];
    this._trail.push({ t_s, at: felt });
    this._trail = this._trail.filter((point) => point.t_s > t_s - TRAIL_S);
    [this._felt, this._shown] = [felt, shown];
    if (!this._dragging && document.activeElement !== this._knob) this._aim(felt[0], felt[1]);
    this._draw();
  }

  _grab(event) {
    this._dragging = true;
    this._knob.setPointerCapture(event.pointerId);
    this._knob.focus({ preventScroll: true });
    this._drag(event, true);
    event.preventDefault();
  }

  _drop(event) {
    if (!this._dragging) return;
    this._dragging = false;
    this._drag(event, false);
  }

  _drag(event, lasting) {
    const box = this._knob.getBoundingClientRect();
    const valence = (2 * (event.clientX - box.left)) / box.width - 1;
    const arousal = 1 - (2 * (event.clientY - box.top)) / box.height;
    this._aim(clamp(valence, -1, 1), clamp(arousal, -1, 1));
    this._move(...this._target, lasting, event.timeStamp);
    this._draw();
  }

  _key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow && event.key !== "Home") return;
    event.preventDefault();
    const step = event.shiftKey ? BIG_STEP : STEP;
    const [valence, arousal] = this._target;
    if (arrow) this._aim(clamp(valence + step * arrow[0], -1, 1), clamp(arousal + step * arrow[1], -1, 1));
    else this._aim(0, 0);
    this._move(...this._target, false, event.timeStamp);
    this._draw();
  }

  _aim(valence, arousal) {
    this._target = [valence, arousal];
    const text = `valence ${signed(valence)}, arousal ${signed(arousal)}: ${this._nearest(valence, arousal)}`;
    if (this._knob.getAttribute("aria-valuetext") === text) return;
    this._knob.setAttribute("aria-valuenow", valence.toFixed(2));
    this._knob.setAttribute("aria-valuetext", text);
  }

  _nearest(valence, arousal) {
    if (Math.hypot(valence, arousal) < 0.12) return "neutral";
    const far = (at) => Math.hypot(at[0] - valence, at[1] - arousal);
    const [name, at] = Object.entries(this._places).sort((x, y) => far(x[1]) - far(y[1]))[0] ?? ["neutral", [0, 0]];
    return far(at) < NEAR ? `near ${name}` : `far from ${name}`;
  }

  _paint() {
    const { context, width, height } = fitted(this._canvas);
    if (!width) return;
    const style = getComputedStyle(this._canvas);
    const ink = style.getPropertyValue("--ink").trim();
    const ground = style.getPropertyValue("--paper").trim();
    const place = ([valence, arousal]) => [((valence + 1) / 2) * width, ((1 - arousal) / 2) * height];
    context.clearRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage((this._field ??= this._mix()), 0, 0, width, height);
    this._axes(context, width, height, ink);
    this._names(context, place, ink);
    this._path(context, place, ink);
    if (this._felt) {
      dot(context, place(this._felt), ink, ground);
      diamond(context, place(this._shown), ink, ground);
    }
    ring(context, place(this._target), style.getPropertyValue("--accent").trim(), ground);
  }

  /** The field of colours, small; drawing it large smooths it. */
  _mix() {
    const field = new OffscreenCanvas(FIELD, FIELD);
    const pixels = new ImageData(FIELD, FIELD);
    const [lightness, chroma] = isDark() ? [0.47, 0.17] : [0.88, 0.12];
    for (let i = 0; i < FIELD * FIELD; i += 1) {
      const valence = (2 * ((i % FIELD) + 0.5)) / FIELD - 1;
      const arousal = 1 - (2 * (Math.floor(i / FIELD) + 0.5)) / FIELD;
      pixels.data.set([...colourAt(valence, arousal, this._places, lightness, chroma), 255], 4 * i);
    }
    field.getContext("2d").putImageData(pixels, 0, 0);
    return field;
  }

  _axes(context, width, height, ink) {
    context.strokeStyle = ink;
    context.globalAlpha = 0.22;
    context.lineWidth = 1;
    context.setLineDash([2, 4]);
    context.beginPath();
    context.moveTo(width / 2, 0);
    context.lineTo(width / 2, height);
    context.moveTo(0, height / 2);
    context.lineTo(width, height / 2);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  _names(context, place, ink) {
    context.font = `500 12px ${getComputedStyle(document.body).fontFamily}`;
    context.fillStyle = ink;
    for (const [name, at] of Object.entries(this._places)) {
      const [x, y] = place(at);
      context.beginPath();
      context.arc(x, y, 1.8, 0, 2 * Math.PI);
      context.fill();
      const below = BELOW.includes(name);
      context.textAlign = below ? "center" : LEFT.includes(name) ? "right" : "left";
      context.textBaseline = below ? "top" : "middle";
      const half = context.measureText(name).width / 2;
      const inside = below ? clamp(x, half + 4, this._canvas.clientWidth - half - 4) : x;
      context.fillText(name, inside + (below ? 0 : LEFT.includes(name) ? -6 : 6), y + (below ? 5 : 0));
    }
  }

  _path(context, place, ink) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    context.strokeStyle = ink;
    context.lineWidth = 2;
    context.lineCap = "round";
    const now = this._trail.at(-1)?.t_s;
    for (let i = 1; i < this._trail.length; i += 1) {
      context.globalAlpha = 0.5 * (1 - (now - this._trail[i].t_s) / TRAIL_S);
      context.beginPath();
      context.moveTo(...place(this._trail[i - 1].at));
      context.lineTo(...place(this._trail[i].at));
      context.stroke();
    }
    context.globalAlpha = 1;
  }
}

function dot(context, [x, y], ink, ground) {
  context.beginPath();
  context.arc(x, y, 6, 0, 2 * Math.PI);
  context.fillStyle = ink;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = ground;
  context.stroke();
}

function diamond(context, [x, y], ink, ground) {
  context.beginPath();
  for (const [dx, dy] of [[0, -9], [9, 0], [0, 9], [-9, 0]]) context.lineTo(x + dx, y + dy);
  context.closePath();
  context.lineWidth = 4;
  context.strokeStyle = ground;
  context.stroke();
  context.lineWidth = 1.8;
  context.strokeStyle = ink;
  context.stroke();
}

function ring(context, [x, y], accent, ground) {
  context.beginPath();
  context.arc(x, y, 13, 0, 2 * Math.PI);
  context.lineWidth = 5;
  context.strokeStyle = ground;
  context.stroke();
  context.lineWidth = 2.5;
  context.strokeStyle = accent;
  context.stroke();
}
