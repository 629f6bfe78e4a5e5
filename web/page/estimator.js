// The worker: pixels in, the 37 numbers out.
import { load, planar, usableThreads } from "./engine.js";

const options = new URL(self.location.href).searchParams;
const ready = load(options.get("model"), usableThreads(Number(options.get("threads"))));

self.onmessage = async ({ data: { id, pixels, width, height } }) => {
  try {
    const session = await ready;
    const begin = performance.now();
    const { parameters } = await session.run({ images: planar(pixels, width, height) });
    self.postMessage({ id, parameters: Float32Array.from(parameters.data), milliseconds: performance.now() - begin });
  } catch (error) {
    self.postMessage({ id, error: String(error.message ?? error) });
  }
};
