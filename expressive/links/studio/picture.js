/** Pictures of the face: decoded, held until their sound is heard, and drawn. */

const EARLY_S = 0.008; // half a picture of the screen
const LOST_S = 0.5;
const MOST_HELD = 60;

export class Picture {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this._canvas = canvas;
    this._context = canvas.getContext("2d");
    this._held = [];
    this.count = 0;
  }

  /** Take a picture of the protocol. */
  async push(message) {
    const picture = { t_s: message.t_s, applied: message.applied, width: message.width, height: message.height };
    this._held.push(picture);
    if (this._held.length > MOST_HELD) this._held.shift();
    if (message.format === "raw") {
      const { buffer, byteOffset, byteLength } = message.data;
      const pixels = new Uint8ClampedArray(buffer, byteOffset, byteLength);
      picture.pixels = new ImageData(pixels, message.width, message.height);
    } else {
      picture.bitmap = await createImageBitmap(new Blob([message.data], { type: `image/${message.format}` }));
    }
  }

  clear() {
    this._held = [];
  }

  /**
   * Draw the picture that belongs to what is heard, or the newest in silence.
   *
   * @param {number|null} heard_s
   * @returns {{t_s: number, applied: number}|null} the picture, if another one than before
   */
  present(heard_s) {
    const due = this._held.findLastIndex(
      ({ t_s, pixels, bitmap }) =>
        (pixels || bitmap) && (heard_s === null || t_s <= heard_s + EARLY_S || t_s > heard_s + LOST_S),
    );
    if (due < 0) return null;
    const picture = this._held[due];
    for (const missed of this._held.splice(0, due + 1)) if (missed !== picture) missed.bitmap?.close();
    this._draw(picture);
    this.count += 1;
    return picture;
  }

  _draw({ width, height, pixels, bitmap }) {
    const { _canvas: canvas, _context: context } = this;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    if (pixels) {
      context.putImageData(pixels, 0, 0);
    } else {
      context.clearRect(0, 0, width, height);
      context.drawImage(bitmap, 0, 0);
      bitmap.close();
    }
  }
}
