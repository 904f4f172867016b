// The page of `simfilter serve`: a text goes to /v1/explain, what comes back is shown. The key stays in its field.

const MOST = 50;
const field = id => document.getElementById(id);
const verdict = field("verdict"), found = field("matches");

async function ask(path, body) {
  const key = field("key").value;
  const answer = await fetch(path, {method: body ? "POST" : "GET", body: body && JSON.stringify(body), cache: "no-store",
    headers: {...(body && {"content-type": "application/json"}), ...(key && {authorization: `Bearer ${key}`})}});
  const told = await answer.json();
  if (answer.status === 401) { field("key-label").hidden = false; field("key").focus(); }
  if (!answer.ok) throw new Error(told.error.message);
  return told;
}

async function offer() {
  const {indices, languages} = await ask("v1/indices");
  field("index").replaceChildren(...indices.map(({name, documents}) =>
    element("option", {value: name}, `${name} (${documents} ${documents === 1 ? "document" : "documents"})`)));
  field("language").append(...languages.map(name => element("option", {value: name}, name)));
}

function tell(result) {
  const count = result.matches.length;
  const words = count ? ` ${count} ${count === 1 ? "match" : "matches"}` : result.scanned ? " Nothing protected found." : " No match in what was scanned.";
  verdict.replaceChildren(element("span", {class: `action ${result.action}`}, result.action), words,
    ...result.notes.map(note => element("p", {class: "missed"}, `Not scanned: ${note}`)),
    ...(count > MOST ? [element("p", {class: "soft"}, `The first ${MOST} are shown.`)] : []));
  found.replaceChildren(...result.matches.slice(0, MOST).map(showMatch));
  if (result.set_aside.length) {
    const rows = result.set_aside.map(({heading, weight, reason}) =>
      element("tr", {}, element("td", {}, heading), element("td", {}, weight), element("td", {}, reason)));
    const head = ["found", "weight", "why it does not count"].map(name => element("th", {scope: "col"}, name));
    found.append(element("table", {}, element("caption", {}, "Set aside"), element("thead", {}, element("tr", {}, ...head)),
                         element("tbody", {}, ...rows)));
  }
}

function fail(error) {
  found.replaceChildren();
  verdict.replaceChildren(element("span", {class: "missed"}, `Not checked: ${error.message}`));
}

async function check(event) {
  event.preventDefault();
  verdict.replaceChildren("…");
  found.replaceChildren();
  try {
    if (!field("index").options.length) await offer();
    tell(await ask("v1/explain", {text: field("text").value, prompt: field("prompt").value, index: field("index").value,
                                  ...(field("language").value && {language: field("language").value})}));
  } catch (error) { fail(error); }
}

document.querySelector("form").addEventListener("submit", check);
field("text").addEventListener("keydown", event => { if (event.key === "Enter" && event.ctrlKey) field("text").form.requestSubmit(); });
offer().catch(fail);
