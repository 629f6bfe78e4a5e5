// The page. ?threads=1 fixes the threads, ?model=float takes the float file instead of the one with 8-bit weights.
import { applyWarp, load, scaled, usableThreads } from "./engine.js";

const $ = (id) => document.getElementById(id);
const MOST_PIXELS = 12e6;
const CAMERA = { width: { ideal: 640 }, height: { ideal: 480 } };
const EVERY = 3; // frames for one estimate
const PAST = 0.6; // weight of the past estimates of a camera
const RECENT = 30; // frames that the rate is measured over

const options = new URLSearchParams(location.search);
const state = { warp: null, worker: null, asked: new Map(), frame: null, name: "", parameters: null, stream: null, loaded: false };
globalThis.page = state; // for the tests

function complain(message) {
  $("error").textContent = message;
  $("error").hidden = !message;
}

// ---- Start.

/** Let the service worker give the headers for threads; that takes one reload. */
async function isolate() {
  if (self.crossOriginIsolated || !self.isSecureContext || !navigator.serviceWorker) return;
  const tried = sessionStorage.getItem("isolating");
  await navigator.serviceWorker.register("isolate.js");
  await navigator.serviceWorker.ready;
  if (tried) return; // a browser that will not: one thread
  sessionStorage.setItem("isolating", "1");
  location.reload();
  await new Promise(() => {}); // until it is gone
}

async function start() {
  try {
    await isolate();
  } catch (error) {
    console.info(`no threads: ${error.message}`); // private windows refuse service workers; one thread works
  }
  try {
    const about = await (await fetch("about.json")).json();
    const name = options.get("model") === "float" ? "estimate.onnx" : "estimate-8bit.onnx";
    const bytes = about.page + about.runtime + about.models["warp.onnx"] + about.models[name];
    $("size").textContent = `Enhancer: ${about.enhancer}. Download: ${(bytes / 1e6).toFixed(1)} MB in all, once.`;
    $("strength").value = about.strength; // the file's own, until it is moved
    $("strength-shown").textContent = about.strength.toFixed(2);
    const threads = usableThreads(Number(options.get("threads")));
    const query = new URLSearchParams({ model: name, threads });
    state.worker = new Worker(`estimator.js?${query}`, { type: "module" });
    state.worker.onmessage = answered;
    state.worker.onerror = (event) => complain(`The worker failed: ${event.message || "it could not be loaded"}`);
    state.warp = await load("warp.onnx", threads);
    await estimate(new ImageData(64, 64)); // loads the worker's file
    state.loaded = true;
    $("camera").disabled = $("file").disabled = false;
    $("status").textContent = `Ready, ${threads} thread${threads > 1 ? "s" : ""}.`;
  } catch (error) {
    complain(`The enhancer could not be loaded: ${error.message}`);
    $("status").textContent = "";
  }
}

// ---- Estimate (in the worker) and warp.

function estimate(image) {
  const id = state.asked.size ? Math.max(...state.asked.keys()) + 1 : 1;
  return new Promise((done, fail) => {
    state.asked.set(id, { done, fail });
    const pixels = image.data.slice();
    state.worker.postMessage({ id, pixels, width: image.width, height: image.height }, [pixels.buffer]);
  });
}

function answered({ data }) {
  const { done, fail } = state.asked.get(data.id);
  state.asked.delete(data.id);
  if (data.error) fail(new Error(data.error));
  else done(data);
}

async function showFrame() {
  const strength = Number($("strength").value);
  const { frame, parameters } = state;
  const enhanced = strength === 0 ? frame : await applyWarp(state.warp, frame, scaled(parameters, strength));
  for (const [name, image] of [["before", frame], ["after", enhanced]]) {
    const canvas = $(name);
    if (canvas.width !== image.width || canvas.height !== image.height) Object.assign(canvas, { width: image.width, height: image.height });
    canvas.getContext("2d").putImageData(image, 0, 0);
  }
  $("stage").hidden = false;
}

// ---- A picture.

async function openPicture(file) {
  if (!file) return;
  if (!state.loaded) {
    complain("The enhancer is still being loaded.");
    return;
  }
  stopCamera();
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    complain(`'${file.name}' could not be read as a picture.`);
    return;
  }
  if (bitmap.width * bitmap.height > MOST_PIXELS) {
    complain(`'${file.name}' has ${bitmap.width} x ${bitmap.height} pixels; up to ${MOST_PIXELS / 1e6} million are taken.`);
    return;
  }
  complain("");
  $("status").textContent = "Working ...";
  try {
    state.frame = pixelsOf(bitmap, bitmap.width, bitmap.height);
    state.name = file.name;
    const { parameters, milliseconds } = await estimate(state.frame);
    state.parameters = parameters;
    const begin = performance.now();
    await showFrame();
    const warp = performance.now() - begin;
    $("status").textContent = `${file.name}, ${bitmap.width} x ${bitmap.height}: estimate ${milliseconds.toFixed(0)} ms, warp ${warp.toFixed(0)} ms.`;
    offer();
  } catch (error) {
    complain(`'${file.name}' could not be enhanced: ${error.message}`);
  }
}

function pixelsOf(source, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

function offer() {
  $("after").toBlob((blob) => {
    const link = $("save");
    if (link.href) URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(blob);
    link.download = `${state.name.replace(/\.[^.]*$/, "") || "picture"}_enhanced.png`;
  }, "image/png");
}

// ---- The camera.

async function startCamera() {
  if (!navigator.mediaDevices) {
    complain("The browser gives the camera to https pages and to this machine's own only.");
    return;
  }
  try {
    state.stream = await navigator.mediaDevices.getUserMedia({ video: CAMERA });
  } catch (error) {
    complain(`The camera cannot be used: ${error.message} (${error.name}).`);
    return;
  }
  complain("");
  $("camera").setAttribute("aria-pressed", "true");
  $("camera").textContent = "Stop the camera";
  $("video").srcObject = state.stream;
  await $("video").play();
  try {
    await frames($("video"));
  } catch (error) {
    complain(`The camera's picture could not be enhanced: ${error.message}`);
    stopCamera();
  }
}

async function frames(video) {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const times = [];
  state.parameters = null;
  state.name = "camera";
  let waiting = null;
  let trouble = null;
  let last = 0;
  for (let count = 0; state.stream && !trouble; count++) {
    context.drawImage(video, 0, 0);
    state.frame = context.getImageData(0, 0, canvas.width, canvas.height);
    if (count % EVERY === 0 && !waiting) {
      waiting = estimate(state.frame).then(
        ({ parameters, milliseconds }) => {
          state.parameters = smoothed(state.parameters, parameters);
          last = milliseconds;
          waiting = null;
        },
        (error) => { trouble = error; },
      );
    }
    if (!state.parameters) await waiting;
    if (trouble || !state.stream) break;
    await showFrame();
    times.push(performance.now());
    if (times.length > RECENT) times.shift();
    state.rate = (1000 * (times.length - 1)) / (times.at(-1) - times[0]);
    $("status").textContent = `Camera, ${canvas.width} x ${canvas.height}: ${state.rate.toFixed(1)} frames a second, an estimate takes ${last.toFixed(0)} ms.`;
    await new Promise(requestAnimationFrame);
  }
  if (trouble) throw trouble;
  offer();
}

function smoothed(past, now) {
  return past ? now.map((value, place) => PAST * past[place] + (1 - PAST) * value) : now;
}

function stopCamera() {
  if (!state.stream) return;
  for (const track of state.stream.getTracks()) track.stop();
  state.stream = null;
  $("video").srcObject = null;
  $("camera").setAttribute("aria-pressed", "false");
  $("camera").textContent = "Use the camera";
}

// ---- Controls.

$("file").addEventListener("change", async () => {
  const [file] = $("file").files;
  await openPicture(file);
  $("file").value = ""; // so that the same file can be chosen again
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  openPicture(event.dataTransfer.files[0]);
});
$("camera").addEventListener("click", () => (state.stream ? stopCamera() : startCamera()));
$("split").addEventListener("input", () => $("stage").style.setProperty("--split", `${$("split").value}%`));
$("strength").addEventListener("input", async () => {
  $("strength-shown").textContent = Number($("strength").value).toFixed(2);
  if (state.stream || !state.parameters) return;
  await showFrame();
  offer();
});

start();
