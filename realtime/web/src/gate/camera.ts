/**
 * Reading a QR code: with the browser's own detector where it has one, else with the decoder in a file of its own, from
 * the camera or from a picture that was taken. Never keeps or sends a picture.
 */

import { signal } from "@preact/signals";

type Decode = (data: Uint8ClampedArray, width: number, height: number) => string | null;
interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
type Scope = Window & {
  hoithiDecode?: Decode;
  BarcodeDetector?: { new (options: { formats: string[] }): Detector; getSupportedFormats?(): Promise<string[]> };
};

const scope = window as Scope;
/** The decoder is here: from now on nothing has to be fetched. */
export const ready = signal(false);
let native: Detector | null = null;
let loading: Promise<void> | null = null;

/** Whether this page may use the camera: not on plain http, where browsers forbid it. */
export function canFilm(): boolean {
  return !!(window.isSecureContext && navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
}

function script(): Promise<void> {
  return new Promise((resolve, reject) => {
    const own = document.querySelector('script[src*="/gate.js"]') as HTMLScriptElement | null;
    const made = document.createElement("script");
    made.src = (own ? own.src : "/static/gate.js").replace("gate.js", "gate_decoder.js");
    made.onload = () => resolve();
    made.onerror = () => reject(new Error("decoder"));
    document.head.appendChild(made);
  });
}

/** Fetches what reads codes; again when it could not be had. */
export function load(): Promise<void> {
  if (!loading) {
    const asked = scope.BarcodeDetector && scope.BarcodeDetector.getSupportedFormats;
    if (asked) {
      scope.BarcodeDetector!.getSupportedFormats!().then(
        (formats) => {
          if (formats.indexOf("qr_code") >= 0) native = new scope.BarcodeDetector!({ formats: ["qr_code"] });
        },
        () => undefined,
      );
    }
    loading = script().then(
      () => {
        ready.value = true;
      },
      (error) => {
        loading = null;
        throw error;
      },
    );
  }
  return loading;
}

const canvas = document.createElement("canvas");

function pixels(source: CanvasImageSource, width: number, height: number, most: number): string | null {
  if (!scope.hoithiDecode || !width || !height) return null;
  const scale = Math.min(1, most / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return scope.hoithiDecode(data, canvas.width, canvas.height);
}

/** The text in what the camera sees now, or null. */
export function look(video: HTMLVideoElement): Promise<string | null> {
  const own = () => pixels(video, video.videoWidth, video.videoHeight, 720);
  if (!native) return Promise.resolve(own());
  return native.detect(video).then(
    (found) => (found[0] ? found[0].rawValue : null),
    () => {
      // Announced and not there, as on phones without its service.
      native = null;
      return own();
    },
  );
}

/** The text in a picture that was taken, or null. Tried at several sizes: cameras take large ones. */
export function readPicture(file: File): Promise<string | null> {
  return load().then(
    () =>
      new Promise<string | null>((resolve) => {
        const reader = new FileReader();
        reader.onerror = () => resolve(null);
        reader.onload = () => {
          const picture = new Image();
          picture.onerror = () => resolve(null);
          picture.onload = () => {
            for (const most of [1000, 640, 1800]) {
              const text = pixels(picture, picture.naturalWidth, picture.naturalHeight, most);
              if (text) return resolve(text);
            }
            return resolve(null);
          };
          // A data: address, for pages may show no blob: pictures.
          picture.src = String(reader.result);
        };
        reader.readAsDataURL(file);
      }),
  );
}
