// Files in and out of the page.

/** Saves a blob under a name. */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Lets an input and a drop area hand over a file. */
export function takeFiles(input, area, take) {
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = ""; // the same file may come again
    if (file) take(file);
  });
  let depth = 0; // enter and leave are also told for what lies inside
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    area.classList.toggle("dropping", depth > 0);
  };
  area.addEventListener("dragenter", () => mark(1));
  area.addEventListener("dragleave", () => mark(-1));
  area.addEventListener("drop", (event) => {
    mark(-depth);
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  });
}

/** A file that is dropped beside an area must not replace the page. */
export function ignoreOtherDrops() {
  for (const kind of ["dragover", "drop"]) {
    document.addEventListener(kind, (event) => event.preventDefault());
  }
}
