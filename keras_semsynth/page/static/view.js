// Shows a layout on a canvas, one canvas pixel a layout pixel, and the outline
// of the brush on another canvas above it.

export class View {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLCanvasElement} overlay
   * @param {number[][]} colors Of the classes.
   */
  constructor(canvas, overlay, colors) {
    this.canvas = canvas;
    this.overlay = overlay;
    this.context = canvas.getContext("2d");
    this.colors = new Uint8ClampedArray(colors.length * 4);
    colors.forEach((color, id) => this.colors.set([...color, 255], 4 * id));
    this.words = new Uint32Array(this.colors.buffer);
  }

  show(layout) {
    const { width, height, ids } = layout;
    if (this.image?.width !== width || this.image?.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.image = this.context.createImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    for (let i = 0; i < ids.length; i++) this.pixels[i] = this.words[ids[i]];
    this.context.putImageData(this.image, 0, 0);
  }

  /** Returns the position in the layout of a mouse, pen or finger. */
  position(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.canvas.width,
      y: ((event.clientY - box.top) / box.height) * this.canvas.height,
    };
  }

  /** Outlines the pixels that a dab would paint; hides it without a place. */
  showCursor(place, brush) {
    const { overlay, canvas } = this;
    const box = canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio;
    overlay.width = Math.round(box.width * ratio);
    overlay.height = Math.round(box.height * ratio);
    if (!place) return;
    const scale = { x: overlay.width / canvas.width };
    scale.y = overlay.height / canvas.height;
    const left = Math.round(place.x - brush.size / 2);
    const top = Math.round(place.y - brush.size / 2);
    const at = (x, y) => [(left + x) * scale.x, (top + y) * scale.y];
    const path = new Path2D();
    const { size, starts } = brush;
    path.moveTo(...at(starts[0], 0));
    for (let row = 0; row < size; row++) {
      path.lineTo(...at(size - starts[row], row));
      path.lineTo(...at(size - starts[row], row + 1));
    }
    for (let row = size - 1; row >= 0; row--) {
      path.lineTo(...at(starts[row], row + 1));
      path.lineTo(...at(starts[row], row));
    }
    path.closePath();
    const context = overlay.getContext("2d");
    for (const [color, width] of [
      ["#000c", 3],
      ["#fff", 1.25],
    ]) {
      context.strokeStyle = color;
      context.lineWidth = width * ratio;
      context.stroke(path);
    }
  }
}
