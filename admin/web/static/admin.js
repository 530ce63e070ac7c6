// What the organiser's pages cannot do with HTML and htmx alone. Every page works without it, but for the set-up link.
(() => {
  "use strict";

  // The set-up link carries its secret in the fragment, which no server log sees; it moves into the form.
  const secret = document.querySelector("[data-from-fragment]");
  if (secret && location.hash.length > 1) {
    secret.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  }

  // On a phone the bars of links scroll: what is open is in sight.
  for (const here of document.querySelectorAll(".top nav [aria-current], nav.tabs [aria-current]")) {
    const bar = here.closest("nav");
    bar.scrollLeft = here.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
  }

  // Unsaved marks: shown at the first keystroke, taken away by the server's answer; leaving asks while one is there.
  let unsaved = false;
  document.addEventListener("input", (change) => {
    const form = change.target.closest("[data-autosave]");
    if (!form) return;
    unsaved = true;
    const state = document.getElementById("save-state");
    if (state && !state.querySelector(".unsaved")) {
      const mark = document.createElement("span");
      mark.className = "save unsaved";
      mark.textContent = form.dataset.autosave;
      state.replaceChildren(mark);
    }
  });
  const saved = document.getElementById("save-state");
  if (saved) {
    new MutationObserver(() => {
      if (saved.querySelector(".saved")) unsaved = false;
    }).observe(saved, { childList: true, subtree: true });
  }
  document.addEventListener("submit", () => {
    unsaved = false;
  });
  addEventListener("beforeunload", (leaving) => {
    if (unsaved) leaving.preventDefault();
  });

  // One right option for questions that have one.
  document.addEventListener("change", (change) => {
    const box = change.target;
    if (box.name !== "right" || !box.checked || box.form.elements.type.value !== "single") return;
    for (const other of box.form.querySelectorAll('input[name="right"]')) {
      if (other !== box) other.checked = false;
    }
  });

  // Alt + arrows move the question in focus; focus follows it.
  let follow = null;
  document.addEventListener("keydown", (key) => {
    if (!key.altKey || (key.key !== "ArrowUp" && key.key !== "ArrowDown")) return;
    const item = document.activeElement && document.activeElement.closest("li.question");
    if (!item) return;
    key.preventDefault();
    const button = item.querySelector(`[data-move="${key.key === "ArrowUp" ? "up" : "down"}"]`);
    if (button && !button.disabled) {
      follow = item.id;
      button.click();
    }
  });
  const list = document.getElementById("questions");
  if (list) {
    new MutationObserver(() => {
      const item = follow && document.getElementById(follow);
      if (item) {
        follow = null;
        const link = item.querySelector(".main-link");
        if (link) link.focus();
      }
    }).observe(list, { childList: true });
  }

  // On a narrow screen the rows of pages scroll; the current one is in sight.
  for (const current of document.querySelectorAll("nav [aria-current]")) {
    const row = current.closest("nav");
    const [at, seen] = [current.getBoundingClientRect(), row.getBoundingClientRect()];
    if (at.right > seen.right) row.scrollLeft += at.left - seen.left - 24;
  }

  // The stage's preview is 1280 wide whatever room there is.
  const fit = () => {
    for (const box of document.querySelectorAll(".stage-box")) {
      const frame = box.querySelector("iframe");
      frame.style.transform = `scale(${box.clientWidth / 1280})`;
    }
  };
  fit();
  addEventListener("resize", fit);
})();

// A sheet that is made to be printed says so.
document.addEventListener("click", (pressed) => {
  if (pressed.target instanceof Element && pressed.target.closest("[data-print]")) window.print();
});
