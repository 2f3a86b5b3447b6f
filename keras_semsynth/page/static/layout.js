// A layout: class ids in an integer array. Painting writes ids and nothing
// else, so no edge can hold a class that nobody chose.

export class Layout {
  /**
   * @param {number} width
   * @param {number} height
   * @param {Uint16Array} [ids] Row by row. Defaults to class 0 everywhere.
   */
  constructor(width, height, ids) {
    this.width = width;
    this.height = height;
    this.ids = ids ?? new Uint16Array(width * height);
  }

  static filled(width, height, id) {
    return new Layout(width, height, new Uint16Array(width * height).fill(id));
  }

  clone() {
    return new Layout(this.width, this.height, this.ids.slice());
  }

  equals(other) {
    return (
      this.width === other.width &&
      this.height === other.height &&
      this.ids.every((id, i) => id === other.ids[i])
    );
  }

  contains(x, y) {
    return x >= 0 && y >= 0 && x < this.width && y < this.height;
  }

  idAt(x, y) {
    return this.ids[Math.floor(y) * this.width + Math.floor(x)];
  }

  /** Paints one dab. `x` and `y` are positions, `x + 0.5` a pixel's middle. */
  dab(x, y, brush, id) {
    const left = Math.round(x - brush.size / 2);
    const top = Math.round(y - brush.size / 2);
    for (let row = 0; row < brush.size; row++) {
      const py = top + row;
      if (py < 0 || py >= this.height) continue;
      const start = Math.max(left + brush.starts[row], 0);
      const end = Math.min(left + brush.size - brush.starts[row], this.width);
      if (start < end) {
        this.ids.fill(id, py * this.width + start, py * this.width + end);
      }
    }
  }

  /** Paints dabs from one position to another, without gaps. */
  stroke(x0, y0, x1, y1, brush, id) {
    const distance = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0));
    const steps = Math.max(1, Math.ceil(distance));
    for (let i = 1; i <= steps; i++) {
      const share = i / steps;
      this.dab(x0 + share * (x1 - x0), y0 + share * (y1 - y0), brush, id);
    }
  }

  /** Gives the connected region around a pixel another class. */
  fill(x, y, id) {
    const { width, height, ids } = this;
    const start = Math.floor(y) * width + Math.floor(x);
    const old = ids[start];
    if (old === id) return;
    const open = [start];
    while (open.length) {
      let at = open.pop();
      if (ids[at] !== old) continue;
      const row = Math.floor(at / width) * width;
      while (at > row && ids[at - 1] === old) at--;
      let above = false;
      let below = false;
      for (; at < row + width && ids[at] === old; at++) {
        ids[at] = id;
        const up = row > 0 && ids[at - width] === old;
        if (up && !above) open.push(at - width);
        above = up;
        const down = row + width < width * height && ids[at + width] === old;
        if (down && !below) open.push(at + width);
        below = down;
      }
    }
  }

  /** Returns how many pixels each class has. */
  counts(classes) {
    const counts = new Uint32Array(classes);
    for (const id of this.ids) counts[id]++;
    return counts;
  }
}

/** A round brush: the pixels whose middle lies in a circle. */
export class Brush {
  constructor(size) {
    this.size = size;
    // For every row the pixels left out on either side.
    this.starts = Array.from({ length: size }, (_, row) => {
      const y = row + 0.5 - size / 2;
      for (let column = 0; ; column++) {
        const x = column + 0.5 - size / 2;
        if (x * x + y * y <= (size * size) / 4 + 0.01) return column;
      }
    });
  }
}
