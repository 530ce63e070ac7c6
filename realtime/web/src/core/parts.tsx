/** A heading that takes the focus, and a box that scrolls when it must. Knows nothing of any page. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** The heading of a screen; takes the focus when the screen comes, so that screen readers start there. */
export function Heading({ children, class: name }: { children: ComponentChildren; class?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (heading.current) heading.current.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} class={name}>
      {children}
    </h1>
  );
}

/** A box that scrolls when it must, and can then be scrolled by keyboard too. */
export interface ScrollProps {
  children: ComponentChildren;
  class: string;
  label: string;
  /** The share of the window's height it keeps when its neighbours are large; less when its first child needs less. */
  atLeast?: number;
}

export function Scroll({ children, class: name, label, atLeast }: ScrollProps) {
  const box = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);
  function measure(): void {
    const now = box.current;
    if (!now) return;
    const first = now.firstElementChild as HTMLElement | null;
    if (atLeast && first) {
      now.style.minHeight = Math.min(first.offsetHeight + 10, window.innerHeight * atLeast) + "px";
    }
    setOver(now.scrollHeight > now.clientHeight + 1);
  }
  useLayoutEffect(measure);
  useEffect(() => {
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, []);
  return (
    <div
      ref={box}
      class={name + (over ? " is-over" : "")}
      tabIndex={over ? 0 : undefined}
      role={over ? "group" : undefined}
      aria-label={over ? label : undefined}
    >
      {children}
    </div>
  );
}
