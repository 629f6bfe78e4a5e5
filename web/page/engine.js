// onnxruntime-web, from this folder, and the way between a canvas and the exported files.
import * as ort from "./ort/ort.wasm.min.mjs";

const MOST_THREADS = 4;
export const PARAMETERS = 37;
// Of NEM's vector: colour matrix (3 x 3), colour shift (3), kernel (5 x 5).
const ONES = [0, 4, 8, 12 + 12];

/** How many threads can be used: one unless the page is isolated. */
export function usableThreads(wanted) {
  if (!self.crossOriginIsolated) return 1;
  return wanted || Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1);
}

/** Load a file of models/; an error names the file. */
export async function load(name, threads) {
  ort.env.wasm.wasmPaths = new URL("./ort/", import.meta.url).href;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  const answer = await fetch(new URL(`./models/${name}`, import.meta.url));
  if (!answer.ok) throw new Error(`models/${name} is missing (status ${answer.status}); build the page again`);
  try {
    return await ort.InferenceSession.create(new Uint8Array(await answer.arrayBuffer()), {
      executionProviders: ["wasm"],
      graphOptimizationLevel: "all",
      extra: { session: { disable_quant_qdq: "1" } }, // 8-bit weights become floats once, when they are loaded
    });
  } catch (error) {
    throw new Error(`models/${name} cannot be used: ${error.message ?? error}`);
  }
}

/** A canvas's pixels as the files take them: uint8, 1 x 3 x height x width, RGB. */
export function planar(pixels, width, height) {
  const count = width * height;
  const planes = new Uint8Array(3 * count);
  for (let i = 0, from = 0; i < count; i++, from += 4) {
    planes[i] = pixels[from];
    planes[count + i] = pixels[from + 1];
    planes[2 * count + i] = pixels[from + 2];
  }
  return new ort.Tensor("uint8", planes, [1, 3, height, width]);
}

/** The way back, opaque. */
export function interleaved(planes, width, height) {
  const count = width * height;
  const image = new ImageData(width, height);
  for (let i = 0, to = 0; i < count; i++, to += 4) {
    image.data[to] = planes[i];
    image.data[to + 1] = planes[count + i];
    image.data[to + 2] = planes[2 * count + i];
    image.data[to + 3] = 255;
  }
  return image;
}

/** Apply 37 numbers to an image with the exported warp. */
export async function applyWarp(session, image, parameters) {
  const { width, height } = image;
  const numbers = new ort.Tensor("float32", parameters, [1, PARAMETERS]);
  const { enhanced } = await session.run({ images: planar(image.data, width, height), parameters: numbers });
  return interleaved(enhanced.data, width, height);
}

/** Move from identity through a prediction, as the strength says. */
export function scaled(parameters, strength) {
  if (strength === 1) return parameters;
  const neutral = (place) => (ONES.includes(place) ? 1 : 0);
  return Float32Array.from(parameters, (value, place) => neutral(place) + strength * (value - neutral(place)));
}
