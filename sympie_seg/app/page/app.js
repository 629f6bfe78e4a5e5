"use strict";

const $ = (id) => document.getElementById(id);
const CAMERA_WIDTH = 640;
const PARTS = [["C_M, colour matrix", "three", 9], ["C_S, colour shift", "three", 3], ["K, 5 x 5 kernel", "five", 25]];

const state = {
  about: null, // what the server offers
  picture: null, // {blob, name} that was asked for last
  shown: null, // {picture, answer, edited} that the page shows
  selected: "", // enhancer under the slider
  strength: null, // null: each enhancer's own
  seed: 0,
  edited: {}, // the 37 numbers given by hand, by enhancer
  street: 0,
  stream: null, // of the camera
};

// ---- Asking the server: one request at a time, and what changed meanwhile is asked for next.

let running = null;
let again = false;

function update() {
  again = true;
  running ??= (async () => {
    while (again && state.picture) {
      again = false;
      await once();
    }
    running = null;
  })();
  return running;
}

async function once() {
  const picture = state.picture;
  const edited = { ...state.edited };
  const query = new URLSearchParams({ name: picture.name, settings: JSON.stringify(settings()) });
  try {
    const answer = await ask(`/api/enhance?${query}`, { method: "POST", body: picture.blob });
    state.shown = { picture, answer, edited };
    show(answer);
    complain("");
  } catch (error) {
    complain(error.message);
    if (!state.shown || again) return;
    // What was refused is forgotten, so that the next change does not fail on it too.
    state.picture = state.shown.picture;
    state.edited = { ...state.shown.edited };
    showSelected();
  }
}

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new Error("The program does not answer: is it still running?");
  }
  const content = await response.json().catch(() => ({ error: `The program answered with status ${response.status}` }));
  if (!response.ok) throw new Error(content.error);
  return content;
}

function settings() {
  const enhancers = [...document.querySelectorAll("#offered input:checked")].map((box) => box.value);
  const edited = Object.fromEntries(Object.entries(state.edited).filter(([name]) => enhancers.includes(name)));
  return {
    enhancers,
    strength: state.strength,
    corruption: $("corruption").value,
    severity: Number($("severity").value),
    seed: state.seed,
    parameters: edited,
  };
}

function complain(message) {
  $("error").textContent = message;
  $("error").hidden = !message;
}

// ---- Showing the answer.

function show(answer) {
  const names = answer.enhanced.map((one) => one.name);
  if (!names.includes(state.selected)) state.selected = names[0] ?? "";
  $("about-picture").textContent = `${answer.name}, ${answer.width} x ${answer.height}`;
  $("cards").replaceChildren(
    card("input", answer.input, answer.before, [time(answer.before, "network")]),
    ...answer.enhanced.map((one) =>
      card(one.name, one.image, one.prediction, [
        `${milliseconds(one.milliseconds)}${one.is_edited ? ", edited" : ""}`,
        one.strength === null ? "" : `strength ${Number(one.strength.toFixed(2))}`,
        time(one.prediction, "network"),
        one.prediction ? `${percent(one.prediction.changed)} of the pixels change class` : "",
      ], one),
    ),
  );
  showSelected();
}

function showSelected() {
  const answer = state.shown.answer;
  const one = answer.enhanced.find((other) => other.name === state.selected);
  $("stage").classList.remove("empty");
  fill($("before"), answer.input, answer.before);
  fill($("after"), one ? one.image : answer.input, one ? one.prediction : answer.before);
  $("after-name").textContent = one ? one.name : "input";
  for (const other of document.querySelectorAll(".card")) {
    other.classList.toggle("selected", other.dataset.name === state.selected);
  }
  showNumbers(one);
  showLegend(answer, one);
  showDownloads(answer, one);
}

function fill(layer, image, prediction) {
  layer.querySelector(".picture").src = image;
  const painted = layer.querySelector(".painted");
  painted.hidden = !prediction;
  if (prediction) painted.src = prediction.painted;
}

function card(name, image, prediction, lines, one) {
  const made = element("button", { type: "button", className: "card" });
  made.dataset.name = one ? name : "";
  const layer = element("div", { className: "layer" });
  layer.append(element("img", { className: "picture", alt: name }), element("img", { className: "painted", alt: "" }));
  fill(layer, image, prediction);
  made.append(layer, element("b", { textContent: name }));
  made.append(...lines.filter(Boolean).map((text) => {
    const line = element("span", { textContent: text });
    const row = element("div", {});
    row.append(line);
    return row;
  }));
  if (one) made.title = one.source;
  made.addEventListener("click", () => {
    state.selected = one ? name : state.selected;
    showSelected();
  });
  return made;
}

function showNumbers(one) {
  const parameters = one && one.parameters;
  $("numbers-panel").hidden = !parameters;
  if (!parameters) return;
  $("numbers-name").textContent = one.name;
  $("edited").hidden = !one.is_edited;
  $("reset").disabled = !one.is_edited;
  $("distance").textContent = `distance from identity ${parameters.distance.toFixed(3)}`;
  numberInputs().forEach((input, place) => {
    input.style.background = parameters.fills[place];
    input.style.color = parameters.inks[place];
    input.setAttribute("aria-label", parameters.names[place].replaceAll("_", " "));
    if (input !== document.activeElement) input.value = parameters.numbers[place].toFixed(3);
  });
}

function numberInputs() {
  if (!$("numbers").firstChild) {
    for (const [name, kind, count] of PARTS) {
      const figure = element("figure", {});
      const grid = element("div", { className: `grid ${kind}` });
      for (let i = 0; i < count; i++) grid.append(element("input", { type: "number", step: "any" }));
      figure.append(element("figcaption", { textContent: name }), grid);
      $("numbers").append(figure);
    }
  }
  return [...document.querySelectorAll("#numbers input")];
}

function editNumber(event) {
  const place = numberInputs().indexOf(event.target);
  const one = state.shown.answer.enhanced.find((other) => other.name === state.selected);
  const value = event.target.valueAsNumber;
  if (!Number.isFinite(value)) {
    complain("That is no number.");
    return;
  }
  const numbers = [...(state.edited[one.name] ?? one.parameters.numbers)]; // the others keep all their digits
  numbers[place] = value;
  state.edited[one.name] = numbers;
  update();
}

function showLegend(answer, one) {
  const place = answer.enhanced.indexOf(one);
  const heads = ["", "before", ...(one ? [`after ${one.name}`] : [])];
  const head = element("tr", {});
  head.append(...heads.map((text) => element("th", { textContent: text, scope: "col" })));
  $("legend").tHead.replaceChildren(head);
  const rows = answer.legend.map((entry) => {
    const row = element("tr", {});
    const name = element("th", { scope: "row" });
    const swatch = element("span", { className: "swatch" });
    swatch.style.background = entry.colour;
    name.append(swatch, entry.name);
    row.append(name, element("td", { textContent: percent(entry.shares[0]) }));
    if (one) row.append(element("td", { textContent: percent(entry.shares[place + 1]) }));
    return row;
  });
  $("legend").tBodies[0].replaceChildren(...rows);
}

function showDownloads(answer, one) {
  const stem = answer.name.replace(/\.[^.]*$/, "").replace(/[^\w.-]+/g, "_") || "picture";
  const by = one ? `${stem}_${one.name.replace(/[^\w.-]+/g, "_")}` : stem;
  const parameters = one && one.parameters && new Blob([JSON.stringify(one.parameters.file, null, 1) + "\n"], { type: "application/json" });
  offer("get-image", one && one.image, `${by}.png`);
  offer("get-input", answer.input, `${stem}_input.png`);
  offer("get-parameters", parameters, `${by}_parameters.json`);
  offer("get-painted", one && one.prediction && one.prediction.painted, `${by}_prediction.png`);
  offer("get-labels", one && one.prediction && one.prediction.labels, `${by}_classes.png`);
}

function offer(id, content, name) {
  const link = $(id);
  if (link.href.startsWith("blob:")) URL.revokeObjectURL(link.href);
  if (!content) {
    link.removeAttribute("href");
    return;
  }
  link.href = content instanceof Blob ? URL.createObjectURL(content) : content;
  link.download = name;
}

function element(kind, properties) {
  return Object.assign(document.createElement(kind), properties);
}

const milliseconds = (value) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
const percent = (share) => (share === null || share === undefined ? "–" : `${(100 * share).toFixed(1)} %`);
const time = (prediction, what) => (prediction ? `${what} ${milliseconds(prediction.milliseconds)}` : "");

// ---- Pictures: files, streets, the camera.

function open(blob, name) {
  const most = state.about.most_bytes;
  if (blob.size > most) {
    complain(`'${name}' is larger than ${most / 2 ** 20} MiB, which is the most that is taken.`);
    return Promise.resolve();
  }
  state.picture = { blob, name };
  return update();
}

async function openStreet() {
  stopCamera();
  const condition = $("condition").value;
  const query = new URLSearchParams({ number: state.street, condition });
  try {
    const response = await fetch(`/api/street?${query}`);
    if (!response.ok) throw new Error((await response.json()).error);
    await open(await response.blob(), `street-${state.street}-${condition}.png`);
  } catch (error) {
    complain(error.message);
  }
}

async function startCamera() {
  if (!navigator.mediaDevices) {
    complain("The browser gives the camera to pages of 127.0.0.1 or https only.");
    return;
  }
  try {
    state.stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: CAMERA_WIDTH } } });
  } catch (error) {
    complain(`The camera cannot be used: ${error.message} (${error.name}).`);
    return;
  }
  $("camera").setAttribute("aria-pressed", "true");
  $("camera").textContent = "Stop the camera";
  $("video").srcObject = state.stream;
  await $("video").play();
  while (state.stream) {
    const frame = await grab($("video"));
    if (!state.stream) break;
    await open(frame, "camera.jpg");
  }
}

function grab(video) {
  const canvas = element("canvas", {});
  const scale = Math.min(1, CAMERA_WIDTH / video.videoWidth);
  canvas.width = Math.round(scale * video.videoWidth);
  canvas.height = Math.round(scale * video.videoHeight);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
}

function stopCamera() {
  if (!state.stream) return;
  for (const track of state.stream.getTracks()) track.stop();
  state.stream = null;
  $("video").srcObject = null;
  $("camera").setAttribute("aria-pressed", "false");
  $("camera").textContent = "Use the camera";
}

function openFile(file) {
  if (!file) return;
  stopCamera();
  open(file, file.name);
}

// ---- Start.

function listen() {
  $("file").addEventListener("change", () => {
    openFile($("file").files[0]);
    $("file").value = ""; // so that the same file can be chosen again
  });
  const hasFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    $("drop").hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) $("drop").hidden = true;
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    $("drop").hidden = true;
    openFile(event.dataTransfer.files[0]);
  });
  $("camera").addEventListener("click", () => (state.stream ? stopCamera() : startCamera()));
  $("street").addEventListener("click", () => {
    state.street += 1;
    openStreet();
  });
  $("condition").addEventListener("change", openStreet);
  $("corruption").addEventListener("change", update);
  $("severity").addEventListener("input", () => {
    $("severity-shown").textContent = $("severity").value;
    update();
  });
  $("draw").addEventListener("click", () => {
    state.seed += 1;
    update();
  });
  $("strength").addEventListener("input", () => setStrength(Number($("strength").value)));
  $("own-strength").addEventListener("click", () => setStrength(null));
  $("split").addEventListener("input", () => $("stage").style.setProperty("--split", `${$("split").value}%`));
  $("opacity").addEventListener("input", () => $("result").style.setProperty("--opacity", $("opacity").value));
  $("numbers").addEventListener("change", editNumber);
  $("reset").addEventListener("click", () => {
    delete state.edited[state.selected];
    update();
  });
}

function setStrength(strength) {
  state.strength = strength;
  $("strength-shown").textContent = strength === null ? "each enhancer's own" : strength.toFixed(2);
  $("own-strength").hidden = strength === null;
  if (strength === null) $("strength").value = 1;
  update();
}

function offerChoices(about) {
  document.body.classList.toggle("has-network", about.classes.length > 0);
  for (const [group, names] of Object.entries(about.corruptions)) {
    const options = element("optgroup", { label: group.replaceAll("_", " ") });
    options.append(...names.map((name) => element("option", { value: name, textContent: name.replaceAll("_", " ") })));
    $("corruption").append(options);
  }
  $("condition").append(...about.conditions.map((name) => element("option", { value: name, textContent: name })));
  for (const one of about.enhancers) {
    const label = element("label", { title: one.source });
    const box = element("input", { type: "checkbox", value: one.name, checked: true });
    box.addEventListener("change", update);
    label.append(box, ` ${one.name}`);
    $("offered").append(label);
  }
}

async function start() {
  listen();
  try {
    state.about = await ask("/api/about");
  } catch (error) {
    complain(error.message);
    return;
  }
  offerChoices(state.about);
  const hasStreets = state.about.conditions.length > 0; // they need mmseg
  $("street").hidden = $("weather").hidden = !hasStreets;
  if (!hasStreets) return;
  $("condition").value = "fog";
  await openStreet();
}

start();
