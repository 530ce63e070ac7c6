// Keys of the hall's desks: Space presses the big button; on words the arrows choose and D, A, G act.
(() => {
  "use strict";
  const typing = (target) => target.closest && target.closest("input, select, textarea, [contenteditable]");
  const words = () => [...document.querySelectorAll("[data-word]")];
  let last = 0;

  document.addEventListener("keydown", (key) => {
    if (key.ctrlKey || key.metaKey || key.altKey || key.repeat || typing(key.target)) return;
    const here = document.activeElement;
    if (key.key === " " && !(here && here.closest("button, a, summary"))) {
      const big = document.querySelector("[data-big]:not(:disabled)");
      if (big) {
        key.preventDefault();
        big.click();
      }
      return;
    }
    const all = words();
    if (!all.length) return;
    const own = here && here.closest("[data-word]");
    const at = own ? all.indexOf(own) : -1;
    if (key.key === "ArrowDown" || key.key === "ArrowUp") {
      key.preventDefault();
      const next = at < 0 ? Math.min(last, all.length - 1) : at + (key.key === "ArrowDown" ? 1 : -1);
      const word = all[Math.max(0, Math.min(all.length - 1, next))];
      word.focus();
      last = all.indexOf(word);
      return;
    }
    if (own && "dag".includes(key.key.toLowerCase())) {
      const button = own.querySelector(`[data-key="${key.key.toLowerCase()}"]`);
      if (button) {
        key.preventDefault();
        sessionStorage.setItem("acts.at", String(at));
        button.click();
      }
    }
  });

  // After an act the page is new: whoever works by keyboard goes on where they were.
  const at = sessionStorage.getItem("acts.at");
  sessionStorage.removeItem("acts.at");
  if (at !== null) {
    const all = words();
    const marked = location.hash && document.querySelector(location.hash);
    const word = marked || all[Math.min(Number(at), all.length - 1)];
    if (word) word.focus();
  }
})();
