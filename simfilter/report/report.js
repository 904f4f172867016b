// The list of a report: only the rows in sight are elements, so that 10,000 matches scroll like ten.

const HEIGHT = 64;
const items = JSON.parse(document.getElementById("data").textContent);
const list = document.getElementById("list"), rows = document.getElementById("rows");
const pane = document.getElementById("match"), told = document.getElementById("told"), form = document.querySelector("form");
const choices = [...form.querySelectorAll("select")], search = form.querySelector("input");
const haystack = items.map(item => `${item.path}\n${item.heading}\n${item.source_name}\n${item.renaming.flat().join(" ")}`.toLowerCase());
let seen = items.map((_, number) => number), chosen = 0;

function row(at) {
  const item = items[seen[at]];
  const made = element("div", {class: "row", role: "option", id: `row-${at}`, "aria-selected": String(at === chosen), "aria-posinset": at + 1,
                               "aria-setsize": seen.length},
    element("div", {}, element("span", {class: `action ${item.action}`}, item.action), ` ${item.path}, ${lines(item)}`),
    element("div", {class: "soft"}, item.heading));
  made.style.top = `${at * HEIGHT}px`;
  made.addEventListener("click", () => choose(at));
  return made;
}

function draw() {
  const first = Math.max(0, Math.floor(list.scrollTop / HEIGHT) - 5);
  const last = Math.min(seen.length, Math.ceil((list.scrollTop + list.clientHeight) / HEIGHT) + 5);
  const shown = new Set([...Array(Math.max(0, last - first)).keys()].map(step => first + step));
  if (seen.length) shown.add(chosen);
  rows.style.height = `${seen.length * HEIGHT}px`;
  rows.replaceChildren(...[...shown].sort((a, b) => a - b).map(row));
  if (seen.length) list.setAttribute("aria-activedescendant", `row-${chosen}`); else list.removeAttribute("aria-activedescendant");
}

function choose(at) {
  chosen = Math.max(0, Math.min(seen.length - 1, at));
  const top = chosen * HEIGHT;
  if (top < list.scrollTop) list.scrollTop = top;
  if (top + HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + HEIGHT - list.clientHeight;
  draw();
  pane.replaceChildren(seen.length ? showMatch(items[seen[chosen]]) : element("p", {class: "soft"}, "No match has these properties."));
  pane.scrollTop = 0;
  if (seen.length) history.replaceState(null, "", `#${seen[chosen] + 1}`);
}

function narrow(keep) {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  seen = items.map((_, number) => number).filter(number =>
    choices.every(choice => !choice.value || items[number][choice.name] === choice.value) && words.every(word => haystack[number].includes(word)));
  told.textContent = seen.length === items.length ? `${items.length} ${items.length === 1 ? "match" : "matches"}` : `${seen.length} of ${items.length} matches`;
  list.scrollTop = 0;
  choose(Math.max(0, seen.indexOf(keep)));
}

for (const choice of choices) {
  const counts = new Map();
  for (const item of items) counts.set(item[choice.name], (counts.get(item[choice.name]) || 0) + 1);
  for (const [value, count] of [...counts].sort((a, b) => a[0] < b[0] ? -1 : 1))
    choice.append(element("option", {value}, `${value} (${count})`));
  choice.addEventListener("change", () => narrow(seen[chosen]));
}
search.addEventListener("input", () => narrow(seen[chosen]));
form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("reset", event => {
  event.preventDefault(); // what the browser does comes after this, and the list would show the old choice for a moment
  for (const field of [search, ...choices]) field.value = "";
  narrow(seen[chosen]);
});
list.addEventListener("scroll", () => requestAnimationFrame(draw));
addEventListener("resize", draw);
list.addEventListener("keydown", event => {
  const page = Math.max(1, Math.floor(list.clientHeight / HEIGHT) - 1);
  const to = {ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: chosen + page, PageUp: chosen - page, Home: 0, End: seen.length - 1}[event.key];
  if (event.key === "Enter") { event.preventDefault(); pane.querySelector("h2")?.focus(); }
  else if (to !== undefined) { event.preventDefault(); choose(to); }
});
pane.addEventListener("keydown", event => { if (event.key === "Escape") list.focus(); });
addEventListener("keydown", event => {
  if (event.key === "/" && !event.target.closest("input, select, textarea")) { event.preventDefault(); search.focus(); }
});
addEventListener("hashchange", () => { const at = seen.indexOf(Number(location.hash.slice(1)) - 1); if (at >= 0) choose(at); });
narrow(Number(location.hash.slice(1)) - 1);
