// Keys of the page that leads a draw: Space presses the big button. Every button is pressed once only.
(() => {
  "use strict";
  const typing = (target) => target.closest && target.closest("input, select, textarea, [contenteditable]");
  document.addEventListener("keydown", (key) => {
    if (key.key !== " " || key.ctrlKey || key.metaKey || key.altKey || key.repeat || typing(key.target)) return;
    if (document.activeElement && document.activeElement.closest("button, a, summary")) return;
    const big = document.querySelector("[data-big]:not(:disabled)");
    if (big) {
      key.preventDefault();
      big.click();
    }
  });
  document.addEventListener("submit", (sent) => {
    const form = sent.target;
    if (form.dataset.sent) sent.preventDefault();
    form.dataset.sent = "yes";
  });
  // A page out of the browser's memory may be sent again.
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
