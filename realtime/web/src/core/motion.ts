/** Whether the person asked for less motion; read it when starting a motion, not once at load. */

export function reducedMotion(): boolean {
  return typeof matchMedia === "function" && matchMedia("(prefers-reduced-motion: reduce)").matches;
}
