// Runs before the first paint, so that a light page does not flash dark.
(() => {
  const root = document.documentElement;
  let theme = null;
  try {
    theme = localStorage.getItem("kyros.theme");
  } catch {
    // Storage may be closed to us; the dark theme it is.
  }
  if (theme !== "g10") return;
  root.className = "cds--g10";
  root.dataset.theme = "g10";
})();
