/** One huge round button that is held: by finger, mouse or key. Draws a ring; never sends anything. */

import { useEffect, useRef } from "preact/hooks";

const RADIUS = 46;
const ROUND = 2 * Math.PI * RADIUS;

export interface HoldProps {
  label: string;
  held: boolean;
  /** How full the ring is, in thousandths. */
  share: number;
  disabled?: boolean;
  onDown(): void;
  onUp(): void;
}

export function HoldButton({ label, held, share, disabled, onDown, onUp }: HoldProps) {
  const button = useRef<HTMLButtonElement>(null);
  const handlers = useRef({ onDown, onUp });
  handlers.current = { onDown, onUp };
  useEffect(() => {
    const element = button.current!;
    const down = (event: Event): void => {
      if (event.cancelable) event.preventDefault();
      if (!element.disabled) handlers.current.onDown();
    };
    const up = (): void => handlers.current.onUp();
    const key = (event: KeyboardEvent): void => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat && !element.disabled) handlers.current.onDown();
    };
    const hidden = (): void => {
      if (document.hidden) up();
    };
    const stop = (event: Event): void => event.preventDefault();
    // Phones without pointer events have touches; a mouse is at the rehearsal.
    const starts = "PointerEvent" in window ? ["pointerdown"] : ["touchstart", "mousedown"];
    const ends = "PointerEvent" in window ? ["pointerup", "pointercancel"] : ["touchend", "touchcancel", "mouseup"];
    starts.forEach((name) => element.addEventListener(name, down, { passive: false }));
    ends.forEach((name) => window.addEventListener(name, up));
    element.addEventListener("keydown", key);
    element.addEventListener("keyup", up);
    element.addEventListener("blur", up);
    element.addEventListener("contextmenu", stop);
    window.addEventListener("blur", up);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      starts.forEach((name) => element.removeEventListener(name, down));
      ends.forEach((name) => window.removeEventListener(name, up));
      element.removeEventListener("keydown", key);
      element.removeEventListener("keyup", up);
      element.removeEventListener("blur", up);
      element.removeEventListener("contextmenu", stop);
      window.removeEventListener("blur", up);
      document.removeEventListener("visibilitychange", hidden);
    };
  }, []);
  return (
    <button ref={button} type="button" class={"hold" + (held ? " is-held" : "")} disabled={disabled} aria-pressed={held}>
      <svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">
        <circle class="hold-face" cx="50" cy="50" r="40" />
        <circle class="hold-track" cx="50" cy="50" r={RADIUS} />
        <circle
          class="hold-arc"
          cx="50"
          cy="50"
          r={RADIUS}
          stroke-dasharray={ROUND}
          stroke-dashoffset={ROUND * (1 - Math.max(0, Math.min(1000, share)) / 1000)}
          transform="rotate(-90 50 50)"
        />
      </svg>
      <span>{label}</span>
    </button>
  );
}
