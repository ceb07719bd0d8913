// The table of tasks: search, filters, order, pages.

const PAGE_ROWS = 50;
const RATES = [
  ["any", "any"],
  ["all pass", "100 %", (rate) => rate === 1],
  ["high", "75 – 99 %", (rate) => rate >= 0.75 && rate < 1],
  ["middle", "50 – 75 %", (rate) => rate >= 0.5 && rate < 0.75],
  ["low", "25 – 50 %", (rate) => rate >= 0.25 && rate < 0.5],
  ["lowest", "under 25 %", (rate) => rate < 0.25],
  ["none", "not measured", null],
];

class TaskList {
  constructor(lines) {
    this.lines = lines;
    this.shown = lines;
    this.key = "";
    this.down = false;
    this.page = 0;
    this.form = document.getElementById("filters");
    this.body = document.querySelector("#table tbody");
    this.fillFilters();
    this.form.addEventListener("input", () => this.refresh());
    this.form.addEventListener("reset", () => setTimeout(() => this.refresh()));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    for (const head of document.querySelectorAll("#table th[data-key]")) {
      head.querySelector("button").addEventListener("click", () => this.sortBy(head.dataset.key));
    }
    document.getElementById("pages").addEventListener("click", (event) => {
      if (event.target.dataset.page) this.turnTo(Number(event.target.dataset.page));
    });
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (row && !event.target.closest("a") && !getSelection().toString()) location.hash = row.dataset.hash;
    });
    this.refresh();
  }

  fillFilters() {
    const counted = (values) => {
      const counts = new Map();
      for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
      return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    };
    const fill = (id, choices) => {
      const select = document.getElementById(id);
      for (const [value, label] of choices) select.append(new Option(label, value));
    };
    const lines = this.lines;
    const reasons = counted(lines.filter((line) => line.reason).map((line) => line.reason));
    fill("verdict", [
      ["", "all"],
      ...counted(lines.map((line) => line.verdict)).map(([name, count]) => [name, `${name} (${count})`]),
      ...reasons.map(([name, count]) => [`reason:${name}`, `– ${name.replaceAll("_", " ")} (${count})`]),
    ]);
    fill("style", [["", "all"], ...counted(lines.map((line) => line.style)).map(([name, count]) => [name, `${name} (${count})`])]);
    fill("rate", RATES);
    const names = document.getElementById("feature-names");
    for (const [name, count] of counted(lines.flatMap((line) => line.features))) names.append(new Option(`${count}`, name));
  }

  refresh() {
    const { query, verdict, style, rate, feature } = this.form.elements;
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = feature.value.trim().toLowerCase();
    const inRate = RATES.find(([name]) => name === rate.value)[2];
    const reason = verdict.value.startsWith("reason:") ? verdict.value.slice(7) : "";
    this.shown = this.lines.filter(
      (line) =>
        words.every((word) => line.words.includes(word)) &&
        (!verdict.value || (reason ? line.reason === reason : line.verdict === verdict.value)) &&
        (!style.value || line.style === style.value) &&
        (inRate === undefined || (inRate ? line.pass_rate !== null && inRate(line.pass_rate) : line.pass_rate === null)) &&
        (!wanted || line.features.some((name) => name.toLowerCase().includes(wanted))),
    );
    this.order();
    this.turnTo(0);
  }

  sortBy(key) {
    // The first click on a number shows the largest first, on a text the beginning of the alphabet.
    const number = key !== "title" && key !== "verdict" && key !== "style";
    this.down = this.key === key ? !this.down : number;
    this.key = key;
    this.order();
    this.turnTo(0);
  }

  order() {
    for (const head of document.querySelectorAll("#table th[data-key]")) {
      if (head.dataset.key === this.key) head.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    if (!this.key) return;
    const value = (line) => {
      if (this.key === "features") return line.features.length;
      if (this.key === "verdict") return `${line.verdict} ${line.reason}`;
      return typeof line[this.key] === "string" ? line[this.key].toLowerCase() : line[this.key];
    };
    const sign = this.down ? -1 : 1;
    this.shown.sort((a, b) => {
      const [one, other] = [value(a), value(b)];
      // What was not measured comes last, whichever way round.
      if (one === null || other === null) return (one === null) - (other === null) || a.place - b.place;
      return one < other ? -sign : one > other ? sign : a.place - b.place;
    });
  }

  turnTo(page) {
    this.page = page;
    const first = page * PAGE_ROWS;
    this.body.replaceChildren(...this.shown.slice(first, first + PAGE_ROWS).map((line) => this.row(line)));
    const many = this.shown.length;
    const range = many > PAGE_ROWS ? `, ${first + 1} to ${Math.min(many, first + PAGE_ROWS)} shown` : "";
    document.getElementById("found").textContent = `${many.toLocaleString("en")} of ${this.lines.length.toLocaleString("en")} tasks${range}`;
    this.showPages(Math.ceil(many / PAGE_ROWS));
  }

  showPages(count) {
    const near = [...Array(count).keys()].filter((page) => page === 0 || page === count - 1 || Math.abs(page - this.page) < 3);
    const parts = [];
    near.forEach((page, at) => {
      if (at && page - near[at - 1] > 1) parts.push(element("span", "", "…"));
      const button = element("button", "", `${page + 1}`);
      button.type = "button";
      button.dataset.page = page;
      button.setAttribute("aria-label", `Page ${page + 1}`);
      if (page === this.page) button.setAttribute("aria-current", "page");
      parts.push(button);
    });
    document.getElementById("pages").replaceChildren(...(count > 1 ? parts : []));
  }

  row(line) {
    const row = element("tr");
    row.dataset.hash = `#${encodeURIComponent(line.name)}`;
    const task = element("td", "task");
    const link = element("a", "", line.title || "(no statement)");
    link.href = row.dataset.hash;
    task.append(link, element("small", "", line.name));
    const verdict = element("td");
    const sign = line.verdict === "verified" ? "✓" : "✗";
    verdict.append(element("span", `badge ${line.verdict}`, `${sign}\u00a0${line.reason ? line.reason.replaceAll("_", " ") : line.verdict}`));
    if (line.is_suite_weak) verdict.append(" ", element("span", "badge rejected", "! weak tests"));
    const rate = element("td", "number rate");
    if (line.pass_rate !== null) {
      const meter = element("meter");
      meter.value = line.pass_rate;
      meter.setAttribute("aria-hidden", "true");
      rate.append(meter, " ");
    }
    rate.append(percent(line.pass_rate));
    const golden = element("td", "number", line.golden_probability === null ? "–" : line.golden_probability.toFixed(3));
    const chips = element("td", "chips");
    for (const name of line.features.slice(0, 2)) {
      const chip = element("span", "chip", name);
      chip.title = name;
      chips.append(chip, " ");
    }
    if (line.features.length > 2) {
      const more = element("span", "more", `+${line.features.length - 2}`);
      more.title = line.features.slice(2).join("\n");
      chips.append(more);
    }
    row.append(task, verdict, element("td", "style", line.style), rate, golden, element("td", "number", percent(line.kill_rate)), element("td", "number", `${line.candidates}`), chips);
    return row;
  }
}
