/** Finds a QR code in a picture: a library of its own file, which the page loads beside itself. */

import decodeQR from "qr/decode.js";

type Decode = (data: Uint8ClampedArray, width: number, height: number) => string | null;

(window as unknown as { hoithiDecode: Decode }).hoithiDecode = (data, width, height) => {
  try {
    return decodeQR({ data, width, height });
  } catch (_) {
    return null;
  }
};
