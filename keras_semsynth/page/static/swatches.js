// The list of classes: one named swatch each, as radio buttons, so that the
// arrow keys of the browser work in it.

export class Swatches {
  /**
   * @param {HTMLElement} list
   * @param {HTMLInputElement} search Shown when there are many classes.
   * @param {{name: string, color: number[]}[]} classes
   * @param {(id: number) => void} chosen
   */
  constructor(list, search, classes, chosen) {
    this.list = list;
    this.chosen = chosen;
    this.labels = classes.map(({ name, color }, id) => {
      const label = document.createElement("label");
      label.className = "swatch";
      const radio = document.createElement("input");
      radio.type = "radio";
      radio.name = "class";
      radio.value = id;
      radio.addEventListener("change", () => chosen(id));
      const patch = document.createElement("span");
      patch.className = "patch";
      patch.style.backgroundColor = `rgb(${color.join(" ")})`;
      const text = document.createElement("span");
      text.className = "name";
      text.textContent = name;
      label.title = `${name} (class ${id})`;
      label.append(radio, patch, text);
      if (id < 10) {
        const key = document.createElement("kbd");
        key.textContent = (id + 1) % 10;
        key.setAttribute("aria-hidden", "true");
        label.append(key);
      }
      list.append(label);
      return label;
    });
    search.hidden = classes.length <= 24;
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLowerCase();
      classes.forEach(({ name }, id) => {
        this.labels[id].hidden = !name.toLowerCase().includes(wanted);
      });
    });
  }

  choose(id) {
    const radio = this.labels[id]?.querySelector("input");
    if (!radio) return;
    radio.checked = true;
    this.chosen(id);
    // Within the list only: the page itself stays where it is.
    const { list } = this;
    const label = this.labels[id];
    const box = label.getBoundingClientRect();
    const outer = list.getBoundingClientRect();
    if (box.left < outer.left) list.scrollLeft -= outer.left - box.left;
    if (box.right > outer.right) list.scrollLeft += box.right - outer.right;
    if (box.top < outer.top) list.scrollTop -= outer.top - box.top;
    if (box.bottom > outer.bottom) list.scrollTop += box.bottom - outer.bottom;
  }

  /** Marks a class that has a look of its own. */
  mark(id, own) {
    this.labels[id].classList.toggle("own-look", own);
  }

  /** Fades the classes that the layout does not show. */
  showUse(counts) {
    this.labels.forEach((label, id) => {
      label.classList.toggle("unused", counts[id] === 0);
    });
  }
}
