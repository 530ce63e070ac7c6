/** A number that changes with the size of the projector's picture: what was fitted is fitted again. */

import { useEffect, useState } from "preact/hooks";

export function usePicture(): number {
  const [size, setSize] = useState(window.innerWidth);
  useEffect(() => {
    const changed = (): void => setSize(window.innerWidth);
    window.addEventListener("resize", changed);
    return () => window.removeEventListener("resize", changed);
  }, []);
  return size;
}
