// The countdown of a contest's page. Without it the page says the same in words.
(function () {
  "use strict";
  var shown = document.querySelector("[data-until]");
  if (!shown || !window.fetch || !window.performance) return;
  var until = Number(shown.getAttribute("data-until"));
  var days = shown.getAttribute("data-days");
  var out = shown.querySelector("b");
  var two = function (number) {
    return (number < 10 ? "0" : "") + number;
  };
  // The phone's clock may be wrong, and the page may be a copy: the server's own clock counts.
  fetch("/healthz", { cache: "no-store" })
    .then(function (reply) {
      var server = Date.parse(reply.headers.get("date"));
      if (isNaN(server)) return;
      var asked = performance.now();
      var timer = setInterval(tick, 1000);
      function tick() {
        var left = Math.floor((until - server - (performance.now() - asked)) / 1000);
        if (left <= 0) {
          clearInterval(timer);
          shown.hidden = true;
          // Not all at once.
          setTimeout(function () { location.reload(); }, 3000 + Math.random() * 27000);
          return;
        }
        var whole = Math.floor(left / 86400);
        out.textContent =
          (whole ? days.replace("{n}", whole) + " " : "") +
          two(Math.floor(left / 3600) % 24) + ":" + two(Math.floor(left / 60) % 60) + ":" + two(left % 60);
        shown.hidden = false;
      }
      tick();
    })
    .catch(function () {});
})();
