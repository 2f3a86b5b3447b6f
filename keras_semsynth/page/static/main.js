// Puts the page together.

import * as api from "./api.js";
import { ClassLooks } from "./class_looks.js";
import { Editor } from "./editor.js";
import { download, ignoreOtherDrops, takeFiles } from "./files.js";
import { addShortcuts } from "./keyboard.js";
import { Layout } from "./layout.js";
import * as png from "./png.js";
import { Refresher } from "./refresher.js";
import { Swatches } from "./swatches.js";
import { View } from "./view.js";

const LAST_SEED = 2 ** 31 - 1;
const byId = (id) => document.getElementById(id);
const picture = byId("picture");
const status = byId("status");

function say(message, isError = true) {
  const note = byId("note");
  byId("note-text").textContent = message;
  note.classList.toggle("error", isError);
  note.hidden = !message;
}

/** Runs what a button does; what goes wrong is told, nothing is lost. */
function guarded(action) {
  return async (...given) => {
    try {
      say("");
      await action(...given);
    } catch (error) {
      say(error.message);
    }
  };
}

async function start() {
  let model;
  try {
    model = await api.describeModel();
  } catch (error) {
    status.textContent = "No model";
    say(`${error.message} Load the page again when it runs.`);
    return;
  }
  byId("model").textContent =
    `${model.dataset ?? model.name} · ${model.class_names.length} classes · ` +
    `${model.width} × ${model.height}`;
  document.body.classList.toggle("no-seed", !model.seed);
  document.body.classList.toggle("no-style", !model.style);
  document.body.classList.toggle("no-class-looks", !model.class_looks);
  document.body.classList.toggle("no-class-styles", !model.class_styles);
  byId("example").hidden = !model.examples;

  const { class_names: names, palette: colors } = model;
  const view = new View(byId("layout"), byId("cursor"), colors);
  const blank = Layout.filled(model.width, model.height, model.background);
  let style = null;
  let frame = 0;

  const seed = () => {
    const value = Math.floor(byId("seed").valueAsNumber);
    return value >= 0 && value <= LAST_SEED ? value : 0;
  };
  const refresher = new Refresher(
    async () => {
      const { width, height, ids } = editor.layout;
      const blob = await png.encode(width, height, ids, colors);
      return api.renderPicture(blob, seed(), style, classLooks.text);
    },
    {
      start() {
        document.body.classList.add("busy");
      },
      async picture(blob, seconds) {
        const next = new Image();
        next.src = URL.createObjectURL(blob);
        await next.decode();
        URL.revokeObjectURL(picture.src);
        picture.src = next.src;
        picture.width = next.naturalWidth;
        picture.height = next.naturalHeight;
        picture.hidden = false;
        picture.blob = blob;
        byId("save-picture").disabled = false;
        showState(`${seconds.toFixed(seconds < 1 ? 2 : 1)} s`);
        if (byId("note").dataset.from === "picture") say("");
      },
      late(error) {
        byId("note").dataset.from = "picture";
        say(error.message);
      },
      failed(error) {
        byId("note").dataset.from = "picture";
        say(error.message);
        showState("No picture");
      },
    },
  );

  function showState(text) {
    const ready = refresher.upToDate;
    document.body.classList.toggle("busy", !ready);
    status.textContent = ready ? text : "Refreshing …";
    picture.dataset.version = refresher.shown;
  }

  function refresh() {
    refresher.refresh();
    status.textContent = "Refreshing …";
  }

  const editor = new Editor(view, blank, model.background, {
    changed() {
      byId("undo").disabled = !editor.history.canUndo;
      byId("redo").disabled = !editor.history.canRedo;
      const { width, height } = editor.layout;
      byId("work").style.setProperty("--aspect", width / height);
      byId("layout").dataset.size = `${width} × ${height}`;
      // Once a frame is enough: a fast mouse sends many events in one.
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        swatches.showUse(editor.layout.counts(colors.length));
        if (sameAsShown()) return;
        if (byId("live").checked) refresh();
        else status.textContent = "Picture of an older layout";
      });
    },
    picked: (id) => swatches.choose(id),
  });
  let asked = null;
  function sameAsShown() {
    const same = asked?.equals(editor.layout);
    if (!same) asked = editor.layout.clone();
    return same;
  }

  const classLooks = new ClassLooks(
    { picture: byId("class-picture"), remove: byId("class-remove") },
    (id, own) => swatches.mark(id, own),
  );
  const swatches = new Swatches(
    byId("swatches"),
    byId("search"),
    names.map((name, id) => ({ name, color: colors[id] })),
    (id) => {
      editor.classId = id;
      for (const place of document.querySelectorAll("#chosen, .chosen-class")) {
        place.textContent = names[id];
      }
      classLooks.choose(id);
      if (editor.tool === "eraser") chooseTool("brush");
    },
  );

  function chooseTool(name) {
    editor.tool = name;
    byId(`tool-${name}`).checked = true;
    editor.showCursor();
  }
  for (const name of ["brush", "eraser", "fill"]) {
    byId(`tool-${name}`).addEventListener("change", () => chooseTool(name));
  }

  const size = byId("size");
  size.max = Math.max(8, Math.round(Math.min(model.width, model.height) / 2));
  function chooseSize(value) {
    size.value = value;
    editor.brushSize = size.valueAsNumber;
    byId("size-value").textContent = size.value;
  }
  size.addEventListener("input", () => chooseSize(size.value));

  function setSeed(value) {
    byId("seed").value = value;
    refresh();
  }
  const another = () => setSeed(Math.floor(Math.random() * 10_000));

  async function openLayout(blob) {
    const { width, height, values } = await png.decode(blob);
    editor.replace(new Layout(width, height, values));
  }
  const loadLayout = guarded(async (file) =>
    openLayout(await api.readLayoutFile(file)),
  );
  let example = 42; // one that shows most of the classes
  const showExample = guarded(async () => {
    await openLayout(await api.fetchExample(example));
    example += 1;
  });

  const saveLayout = guarded(async () => {
    const { width, height, ids } = editor.layout;
    const values = model.file_values;
    const table = [];
    values.forEach((value, id) => {
      if (value !== null) table[value] = colors[id];
    });
    const full = Array.from(table, (color) => color ?? [0, 0, 0]);
    const numbers = Uint16Array.from(ids, (id) => {
      if (values[id] !== null) return values[id];
      throw new Error(
        `Label files have no number for ${names[id]}: paint ` +
          "over it before saving.",
      );
    });
    download(await png.encode(width, height, numbers, full), "layout.png");
  });

  async function encode(file) {
    if (!["image/png", "image/jpeg"].includes(file.type)) {
      throw new Error("The photograph must be a PNG or JPEG file.");
    }
    return api.encodeStyle(file);
  }
  const takeClassStyle = guarded(async (file) => {
    const id = editor.classId; // another may be chosen meanwhile
    classLooks.set(id, await encode(file), file);
    refresh();
  });
  const takeStyle = guarded(async (file) => {
    const code = await encode(file);
    const thumbnail = byId("style-picture");
    URL.revokeObjectURL(thumbnail.src);
    thumbnail.src = URL.createObjectURL(file);
    style = code;
    document.body.classList.add("styled");
    refresh();
  });

  const actions = {
    brush: () => chooseTool("brush"),
    eraser: () => chooseTool("eraser"),
    fill: () => chooseTool("fill"),
    smaller: () => chooseSize(editor.brushSize - 1),
    larger: () => chooseSize(editor.brushSize + 1),
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    clear: () => {
      const { width, height } = editor.layout;
      editor.background = editor.classId;
      editor.replace(Layout.filled(width, height, editor.classId));
    },
    example: showExample,
    load: () => byId("layout-file").click(),
    save: saveLayout,
    another: () => model.seed && !style && another(),
    "class-another": () => {
      if (!model.class_looks) return;
      classLooks.set(editor.classId, Math.floor(Math.random() * 10_000));
      refresh();
    },
    "class-pick": () => byId("class-file").click(),
    "class-remove": () => {
      classLooks.remove();
      refresh();
    },
    refresh,
    "style-pick": () => byId("style-file").click(),
    "style-remove": () => {
      style = null;
      document.body.classList.remove("styled");
      refresh();
    },
    "save-picture": () => {
      const look = style ? "styled" : `seed${seed()}`;
      if (picture.blob) download(picture.blob, `picture_${look}.png`);
    },
    help: () => byId("help-dialog").showModal(),
    "note-close": () => say(""),
  };
  for (const [id, action] of Object.entries(actions)) {
    byId(id)?.addEventListener("click", () => action());
  }
  byId("seed").addEventListener("change", () => setSeed(seed()));
  byId("live").addEventListener("change", () => {
    document.body.classList.toggle("still", !byId("live").checked);
    if (byId("live").checked) refresh();
  });
  takeFiles(byId("layout-file"), byId("layout-panel"), loadLayout);
  if (model.style) takeFiles(byId("style-file"), byId("style-drop"), takeStyle);
  if (model.class_styles) {
    takeFiles(byId("class-file"), byId("class-look"), takeClassStyle);
  }
  ignoreOtherDrops();
  addShortcuts(actions, (id) => swatches.choose(id));
  addEventListener("resize", () => editor.showCursor());

  chooseSize(Math.max(1, Math.round(Math.min(model.width, model.height) / 12)));
  swatches.choose(Math.min(3, names.length - 1));
  if (model.examples) {
    await showExample();
    editor.history.past = []; // the page begins here
  }
  editor.on.changed();
  document.body.classList.add("ready");
}

start();
