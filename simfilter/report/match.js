"use strict";
// One match as elements. Texts go in as text, never as markup.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== false) made.setAttribute(key, value);
  made.append(...children.filter(child => child !== null));
  return made;
}

function marked(pieces) {
  return pieces.flatMap(([mark, text]) => mark
    ? text.split(/(\n\s*)/).map((part, at) => at % 2 || !part ? part : element("mark", {class: mark}, part)) : [text]);
}

function lines(item) {
  return item.line === item.end_line ? `line ${item.line}` : `lines ${item.line} to ${item.end_line}`;
}

function side(item, title, label, ...content) {
  return element("section", {class: label === "output" ? "ours" : "theirs"}, element("h3", {}, title),
                 element("pre", {class: item.prose && "prose", tabindex: "0", role: "region", "aria-label": label}, ...content));
}

function legend(item) {
  const used = new Set([...item.copied, ...item.source].map(([mark]) => mark));
  const words = {same: "the same", renamed: "renamed", moved: "the same, elsewhere"};
  return element("ul", {class: "legend"}, ...Object.entries(words).filter(([mark]) => used.has(mark))
    .map(([mark, text]) => element("li", {}, element("mark", {class: mark}, text))), element("li", {}, "without a mark: differs"));
}

function facts(item) {
  const rows = {"found in": `${item.path}, ${lines(item)}`, source: item.source_name, licence: item.licence || "not stated",
                weight: item.weight, rule: item.rule};
  const list = element("dl");
  for (const [name, value] of Object.entries(rows)) if (value) list.append(element("dt", {}, name), element("dd", {}, value));
  if (/^https?:\/\//.test(item.url))
    list.append(element("dt", {}, "address"), element("dd", {}, element("a", {href: item.url, rel: "noreferrer noopener"}, item.url)));
  return list;
}

function renaming(item) {
  if (!item.renaming.length) return null;
  const head = element("tr", {}, element("th", {scope: "col"}, "in the source"), element("th", {scope: "col"}, "in the output"));
  const rows = item.renaming.map(([theirs, ours]) => element("tr", {}, element("td", {}, theirs), element("td", {}, ours)));
  return element("table", {}, element("caption", {}, "Names"), element("thead", {}, head), element("tbody", {}, ...rows));
}

function showMatch(item) {
  return element("article", {},
    element("h2", {tabindex: "-1"}, element("span", {class: `action ${item.action}`}, item.action), ` ${item.heading}`),
    facts(item),
    element("div", {class: "sides"},
      side(item, item.path, "output", element("span", {class: "context"}, item.before), ...marked(item.copied),
           element("span", {class: "context"}, item.after)),
      side(item, item.document, "source", ...(item.source.length ? marked(item.source) : ["The source text is not shown."]))),
    legend(item), renaming(item));
}
