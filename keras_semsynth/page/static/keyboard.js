// Keys of the whole page. The canvas has its own: see editor.js.

const KEYS = {
  b: "brush",
  e: "eraser",
  f: "fill",
  "[": "smaller",
  "]": "larger",
  "-": "smaller",
  "+": "larger",
  a: "another",
  n: "class-another",
  g: "refresh",
  z: "undo",
  y: "redo",
  x: "example",
  "?": "help",
};
const WITH_CONTROL = { z: "undo", y: "redo", s: "save", o: "load" };

/**
 * @param {Object<string, () => void>} actions
 * @param {(id: number) => void} chooseClass
 */
export function addShortcuts(actions, chooseClass) {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    const typing = event.target.matches(
      "input[type=number], input[type=search]",
    );
    let action;
    if (event.ctrlKey || event.metaKey) {
      action = WITH_CONTROL[key];
      if (event.shiftKey && action === "undo") action = "redo";
    } else if (!typing) {
      action = KEYS[key];
      if (/^[0-9]$/.test(key)) {
        chooseClass((Number(key) + 9) % 10);
        event.preventDefault();
      }
    }
    if (action) {
      event.preventDefault();
      actions[action]();
    }
  });
}
