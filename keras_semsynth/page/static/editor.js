// Tools on a layout, by mouse, pen, finger or keyboard.

import { History } from "./history.js";
import { Brush } from "./layout.js";

export class Editor {
  /**
   * @param {View} view
   * @param {Layout} layout
   * @param {number} background Class that the eraser leaves.
   * @param {object} on `changed()` after every change of the layout,
   *     `picked(id)` when a class was picked from the canvas.
   */
  constructor(view, layout, background, on) {
    this.view = view;
    this.layout = layout;
    this.background = background;
    this.on = on;
    this.tool = "brush";
    this.classId = background;
    this.history = new History();
    this.brush = new Brush(1);
    this.cursor = null; // where the brush is
    this.pointer = null; // the one that paints now
    this.listen();
    view.show(layout);
  }

  get brushSize() {
    return this.brush.size;
  }

  set brushSize(size) {
    this.brush = new Brush(size);
    this.showCursor();
  }

  /** Replaces the layout by another, which can be undone. */
  replace(layout) {
    this.end();
    this.history.add(this.layout);
    this.show(layout);
  }

  undo() {
    this.end();
    this.show(this.history.undo(this.layout));
  }

  redo() {
    this.end();
    this.show(this.history.redo(this.layout));
  }

  show(layout) {
    this.layout = layout;
    this.view.show(layout);
    this.on.changed();
  }

  /** Begins to paint, fills, or picks, at a place. */
  begin({ x, y }, pick = false) {
    if (!this.layout.contains(x, y) && this.tool === "fill") return;
    if (pick) {
      if (this.layout.contains(x, y)) this.on.picked(this.layout.idAt(x, y));
      return;
    }
    this.before = this.layout.clone();
    if (this.tool === "fill") {
      this.layout.fill(x, y, this.classId);
      this.end();
    } else {
      this.last = { x, y };
      this.layout.dab(x, y, this.brush, this.paint);
    }
    this.show(this.layout);
  }

  strokeTo({ x, y }) {
    if (!this.before) return;
    const { last } = this;
    this.layout.stroke(last.x, last.y, x, y, this.brush, this.paint);
    this.last = { x, y };
  }

  /** Ends a stroke: all of it is one step of undo. */
  end() {
    if (!this.before) return;
    if (!this.layout.equals(this.before)) this.history.add(this.before);
    this.before = null;
    this.on.changed();
  }

  get paint() {
    return this.tool === "eraser" ? this.background : this.classId;
  }

  showCursor() {
    const brush = this.tool === "fill" ? new Brush(1) : this.brush;
    this.view.showCursor(this.cursor, brush);
  }

  listen() {
    const { canvas } = this.view;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(kind, (event) => {
        if (event.pointerId !== this.pointer) return;
        this.pointer = null;
        this.end();
        if (event.pointerType === "touch") this.hideCursor();
      });
    }
    canvas.addEventListener("pointerleave", () => {
      if (this.pointer === null) this.hideCursor();
    });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("keydown", (event) => this.keyDown(event));
    canvas.addEventListener("keyup", (event) => {
      if (event.key === " ") this.end();
    });
    canvas.addEventListener("blur", () => {
      this.end();
      this.hideCursor();
    });
  }

  down(event) {
    if (this.pointer !== null || event.button === 1) return;
    const place = this.view.position(event);
    if (event.button === 2 || event.altKey) {
      this.begin(place, true);
      return;
    }
    this.pointer = event.pointerId;
    try {
      this.view.canvas.setPointerCapture(event.pointerId);
    } catch {
      // The pointer is gone again: there will be no more of it.
      this.pointer = null;
    }
    this.cursor = place;
    this.begin(place);
    this.showCursor();
  }

  move(event) {
    if (this.pointer !== null && event.pointerId !== this.pointer) return;
    this.cursor = this.view.position(event);
    if (this.before) {
      const events = event.getCoalescedEvents?.() ?? [];
      for (const part of events) this.strokeTo(this.view.position(part));
      this.strokeTo(this.cursor);
      this.show(this.layout);
    }
    this.showCursor();
  }

  hideCursor() {
    this.cursor = null;
    this.showCursor();
  }

  keyDown(event) {
    const moves = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const { width, height } = this.layout;
    const isMove = event.key in moves;
    if (!isMove && event.key !== " ") return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.cursor ??= { x: width / 2, y: height / 2 };
    // The middle of a pixel, so that every step is one.
    let { x, y } = this.cursor;
    x = Math.floor(x) + 0.5;
    y = Math.floor(y) + 0.5;
    if (isMove) {
      const step = event.shiftKey ? Math.max(8, this.brushSize) : 1;
      const [dx, dy] = moves[event.key];
      x = Math.min(Math.max(x + dx * step, 0.5), width - 0.5);
      y = Math.min(Math.max(y + dy * step, 0.5), height - 0.5);
    }
    this.cursor = { x, y };
    if (this.before) {
      this.strokeTo(this.cursor);
      this.show(this.layout);
    } else if (event.key === " " && !event.repeat) {
      this.begin(this.cursor);
    }
    this.showCursor();
  }
}
