// The looks of single classes: of a seed, or of a photograph.

export class ClassLooks {
  /**
   * @param {object} parts Elements: `picture`, `remove`.
   * @param {(id: number, own: boolean) => void} mark Shows that a class has a
   *     look of its own.
   */
  constructor(parts, mark) {
    this.parts = parts;
    this.mark = mark;
    this.looks = new Map(); // class id -> {look, address of a picture}
    this.id = 0;
  }

  /** What the server is sent, or nothing. */
  get text() {
    if (!this.looks.size) return null;
    const entries = [...this.looks].map(([id, { look }]) => [id, look]);
    return JSON.stringify(Object.fromEntries(entries));
  }

  choose(id) {
    this.id = id;
    this.show();
  }

  /** Gives a class a seed, or the style code of a photograph. */
  set(id, look, photograph) {
    this.forget(id);
    const address = photograph && URL.createObjectURL(photograph);
    this.looks.set(id, { look, address });
    this.mark(id, true);
    this.show();
  }

  remove() {
    this.forget(this.id);
    this.show();
  }

  forget(id) {
    const address = this.looks.get(id)?.address;
    if (address) URL.revokeObjectURL(address);
    this.looks.delete(id);
    this.mark(id, false);
  }

  show() {
    const { picture, remove } = this.parts;
    const own = this.looks.get(this.id);
    remove.hidden = !own;
    picture.hidden = !own?.address;
    if (own?.address) picture.src = own.address;
    else picture.removeAttribute("src");
  }
}
