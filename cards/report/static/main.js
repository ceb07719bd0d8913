// Which of the two views is shown is a matter of the address: `#` and a task's name, or nothing.

async function start() {
  const lines = await readLines();
  const named = new Map(lines.map((line) => [line.draw, line]));
  for (const line of lines) named.set(line.name, line); // names win: they are what links are made of
  const list = new TaskList(lines);
  const view = new TaskView();
  const [home, task] = [document.getElementById("home"), document.getElementById("task")];
  const title = document.title;
  let scrolled = 0;
  let current = null;

  const step = (by) => {
    const at = list.shown.indexOf(current);
    return at < 0 ? undefined : list.shown[at + by];
  };
  const wanted = () => {
    try {
      return named.get(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return undefined; // a broken address leads to the table
    }
  };
  const show = async () => {
    const before = current;
    current = wanted() || null;
    if (current === null) {
      home.hidden = false;
      task.hidden = true;
      task.replaceChildren();
      document.title = title;
      if (location.hash === "#list") document.getElementById("list").scrollIntoView();
      else if (before !== null) scrollTo(0, scrolled);
      return;
    }
    if (before === null) scrolled = scrollY;
    const at = list.shown.indexOf(current);
    await view.show(current, at < 0 ? "" : `${at + 1} of ${list.shown.length}`, step);
    document.title = `${current.title || current.name} – ${title}`;
    home.hidden = true;
    task.hidden = false;
    scrollTo(0, 0);
    task.focus({ preventScroll: true });
  };

  addEventListener("hashchange", show);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape" && current !== null) location.hash = "";
    if (typing) return;
    if (event.key === "/" && current === null) {
      event.preventDefault();
      document.getElementById("query").focus();
    }
    const next = current !== null && { j: 1, k: -1 }[event.key];
    if (next && step(next)) location.hash = encodeURIComponent(step(next).name);
  });
  await show();
  document.documentElement.dataset.ready = "yes";
}

start().catch((error) => {
  const told = `The tasks cannot be shown: ${error}. A browser of 2023 or later is needed.`;
  document.getElementById("list").append(element("p", "warning", told));
  throw error;
});
