// Comfort at the desk. Every piece has a working page without it (ux.md 14); guest pages load no script.
"use strict";

// Bulk bar: a live count, and Shift-click ticks a range.
for (const form of document.querySelectorAll("form[data-bulk]")) {
  const boxes = [...form.querySelectorAll("td.chk input[type=checkbox]")];
  const sum = form.querySelector(".bulk .sum");
  const idle = sum ? sum.textContent : "";
  let last = null;
  const show = () => {
    const n = boxes.filter((b) => b.checked).length;
    if (sum) sum.textContent = n ? n + " selected" : idle;
    for (const b of boxes) b.closest("tr").classList.toggle("sel", b.checked);
  };
  form.addEventListener("click", (e) => {
    const i = boxes.indexOf(e.target);
    if (i < 0) return;
    if (e.shiftKey && last !== null) {
      for (let k = Math.min(i, last); k <= Math.max(i, last); k++) boxes[k].checked = e.target.checked;
    }
    last = i;
    show();
  });
  show();
}

// Unsaved text: leaving asks. Submitting does not.
for (const form of document.querySelectorAll("form[data-guard]")) {
  let dirty = false;
  form.addEventListener("input", () => (dirty = true));
  form.addEventListener("submit", () => (dirty = false));
  addEventListener("beforeunload", (e) => dirty && e.preventDefault());
}

// Progress of a wave: fetched again every five seconds while something is on its way and the tab is in sight.
const live = document.querySelector("[data-live]");
if (live && live.dataset.live === "on") {
  const again = async () => {
    if (!document.hidden) {
      try {
        const text = await (await fetch(location.href, { credentials: "same-origin" })).text();
        const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
        if (fresh) live.replaceChildren(...fresh.childNodes);
        if (!fresh || fresh.dataset.live !== "on") return;
      } catch {
        // Off line for a moment; the page has a Refresh link.
      }
    }
    setTimeout(again, 5000);
  };
  setTimeout(again, 5000);
}

// Times in the reader's own zone, as a title.
for (const t of document.querySelectorAll("time[datetime*=T]")) {
  const at = new Date(t.dateTime);
  if (!t.title && !isNaN(at)) t.title = at.toLocaleString() + " here";
}
