// What an eye and a thumb find wrong with the page as it stands; returns sentences.
(least) => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wrong.push(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`);

  const name = (element) => {
    const own = element.classList.length ? "." + Array.from(element.classList).join(".") : "";
    return element.tagName.toLowerCase() + own;
  };
  const shown = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    !element.closest(".only-read, .visually-hidden, .skip:not(:focus), [data-ellipsis]");
  const clips = (value) => value === "hidden" || value === "clip";

  // Text that a box cuts. A box that scrolls shows it all in time, so what lies beyond it does not matter.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const told = new Set();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.textContent.trim() || !holder || told.has(holder) || !shown(holder)) continue;
    if (/^(SCRIPT|STYLE|NOSCRIPT|OPTION|TITLE)$/.test(holder.tagName) || holder.closest("svg")) continue;
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    if (!text.width || !text.height) continue;
    // For screen readers only, there.
    if (holder.clientWidth <= 1 && holder.clientHeight <= 1 && getComputedStyle(holder).position === "absolute") continue;
    // A line box is taller than the letters in it.
    const spare = parseFloat(getComputedStyle(holder).fontSize) * 0.3;
    for (let box = holder; box && box !== root; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (/(auto|scroll)/.test(style.overflowX + style.overflowY)) break;
      const edge = box.getBoundingClientRect();
      const wide = clips(style.overflowX) && (text.left < edge.left - 2 || text.right > edge.right + 2);
      const tall = clips(style.overflowY) && (text.top < edge.top - spare || text.bottom > edge.bottom + spare);
      if (wide || tall) {
        told.add(holder);
        const way = wide ? "sideways" : "below or above";
        wrong.push(`${name(box)} cuts ${way}: ${name(holder)} “${node.textContent.trim().slice(0, 60)}”`);
        break;
      }
      if (style.position === "fixed") break;
    }
  }
  // Words in fields cannot be measured so; their placeholders can.
  for (const field of document.querySelectorAll("input[placeholder]")) {
    if (shown(field) && !field.value && field.scrollWidth > field.clientWidth + 1) {
      wrong.push(`placeholder cut: “${field.placeholder}”`);
    }
  }

  const targets = "a[href], button, summary, select, textarea, input:not([type=hidden]), [role=button], [role=option]";
  for (const element of document.querySelectorAll(targets)) {
    if (!shown(element) || element.disabled) continue;
    // A link within a sentence is as high as its line.
    if (element.tagName === "A" && getComputedStyle(element).display === "inline") continue;
    const label = /^(checkbox|radio)$/.test(element.type) ? element.closest("label") : null;
    const area = (label || element).getBoundingClientRect();
    if (area.width < least - 0.5 || area.height < least - 0.5) {
      const size = `${Math.round(area.width)}×${Math.round(area.height)}`;
      const word = element.getAttribute("aria-label") || element.textContent.trim() || element.name;
      wrong.push(`target of ${size}, not ${least}: ${name(element)} “${word.slice(0, 40)}”`);
    }
  }
  return wrong;
}
