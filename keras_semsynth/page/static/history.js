// Undo and redo. A state is a whole layout: 128 KB for 256 x 256.

const LIMIT = 64 * 2 ** 20; // bytes

export class History {
  constructor() {
    this.past = [];
    this.future = [];
  }

  get canUndo() {
    return this.past.length > 0;
  }

  get canRedo() {
    return this.future.length > 0;
  }

  /** Remembers the layout before a change. */
  add(layout) {
    this.past.push(layout);
    this.future = [];
    let bytes = 0;
    let kept = this.past.length;
    while (kept > 0 && bytes <= LIMIT) {
      bytes += this.past[--kept].ids.byteLength;
    }
    if (bytes > LIMIT) this.past.splice(0, kept + 1);
  }

  /** Returns the layout before, or the one given if there is none. */
  undo(layout) {
    if (!this.canUndo) return layout;
    this.future.push(layout);
    return this.past.pop();
  }

  redo(layout) {
    if (!this.canRedo) return layout;
    this.past.push(layout);
    return this.future.pop();
  }
}
