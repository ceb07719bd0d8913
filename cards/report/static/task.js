// One task: its HTML, which the page carries ready, and what moves in it.

class TaskView {
  constructor() {
    this.place = document.getElementById("task");
    this.asked = "";
    this.place.addEventListener("click", (event) => {
      const chosen = event.target.closest("button[data-case]");
      if (chosen) this.choose(chosen);
      const to = event.target.dataset.jump;
      if (to) this.place.querySelector(`#${to}`).scrollIntoView();
    });
    this.place.addEventListener("change", (event) => {
      if (event.target.matches(".choose")) this.compare(event.target);
    });
    this.place.addEventListener("keydown", (event) => this.move(event));
  }

  async show(line, where, steps) {
    this.asked = line.name;
    const html = await unpack(`task-${line.place}`);
    if (this.asked !== line.name) return; // another one was opened meanwhile
    this.place.innerHTML = html; // made by the page's maker, with all that models wrote escaped
    this.place.querySelector(".where").textContent = where;
    for (const button of this.place.querySelectorAll(".step")) {
      const next = steps(Number(button.dataset.step));
      button.disabled = !next;
      button.addEventListener("click", () => next && (location.hash = encodeURIComponent(next.name)));
    }
    for (const select of this.place.querySelectorAll(".choose")) this.compare(select);
    const first = this.place.querySelector(".matrix .cell");
    if (first) first.tabIndex = 0;
  }

  compare(select) {
    const program = this.place.querySelectorAll("template.program")[Number(select.value)];
    select.closest(".side").querySelector(".shown").replaceChildren(program.content.cloneNode(true));
  }

  choose(button) {
    for (const pressed of this.place.querySelectorAll("[aria-pressed]")) pressed.removeAttribute("aria-pressed");
    button.setAttribute("aria-pressed", "true");
    if (button.classList.contains("cell")) this.focusOnly(button);
    document.getElementById("cell-none").hidden = true;
    for (const part of this.place.querySelectorAll("section.case")) {
      part.hidden = part.dataset.case !== button.dataset.case;
      if (!part.hidden) this.tell(part, button);
    }
  }

  // A cell shows what its program gave, the test's name all that was given.
  tell(part, button) {
    const cell = button.classList.contains("cell");
    const given = button.dataset.answer;
    part.querySelector(".who").textContent = "";
    if (cell) {
      const sign = element("b", button.className, button.textContent);
      part.querySelector(".who").append(sign, ` ${button.getAttribute("aria-label")}`);
    }
    const answers = [...part.querySelectorAll(".answer")];
    for (const answer of answers) answer.hidden = cell && answer.dataset.answer !== given;
    for (const none of part.querySelectorAll(".no-answer")) none.hidden = answers.some((answer) => !answer.hidden);
  }

  // Arrows move in the matrix, as in a grid; Tab enters and leaves it.
  move(event) {
    const cell = event.target.closest(".matrix .cell");
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const step = steps[event.key];
    if (!cell || !step) return;
    event.preventDefault();
    const [row, column] = [Number(cell.dataset.program) + step[0], Number(cell.dataset.case) + step[1]];
    const next = this.place.querySelector(`.cell[data-program="${row}"][data-case="${column}"]`);
    if (!next) return;
    this.focusOnly(next);
    next.focus();
  }

  focusOnly(cell) {
    for (const each of this.place.querySelectorAll('.matrix .cell[tabindex="0"]')) each.tabIndex = -1;
    cell.tabIndex = 0;
  }
}
