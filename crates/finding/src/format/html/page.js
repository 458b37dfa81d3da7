"use strict";
// Filters, grouping and tabs for a page that reads without them. It builds elements, never markup from
// text, asks for nothing, and keeps nothing.
(() => {
  const form = document.getElementById("filters");
  const box = document.getElementById("groups");
  const shown = document.getElementById("shown");
  if (!form || !box || !shown) return;

  const homes = Array.from(box.children);
  const records = [];
  for (const home of homes) {
    const head = home.querySelector("summary").textContent;
    const list = home.querySelector(".list");
    for (const node of list.children) {
      records.push({ node, head, list, text: null });
    }
  }
  const fileNames = new Map();
  for (const option of form.elements.file.options) {
    if (option.value !== "") fileNames.set(option.value, option.textContent);
  }
  let by = "control";

  // Grouping moves the findings between lists; each record knows the list it came from.
  function group(kind) {
    if (kind === by) return;
    by = kind;
    if (kind === "control") {
      const lists = new Map();
      for (const record of records) {
        if (!lists.has(record.list)) lists.set(record.list, []);
        lists.get(record.list).push(record.node);
      }
      for (const [list, nodes] of lists) append(list, nodes);
      box.replaceChildren();
      append(box, homes);
      return;
    }
    const byFile = new Map();
    for (const record of records) {
      const file = record.node.dataset.f;
      if (!byFile.has(file)) byFile.set(file, []);
      byFile.get(file).push(record.node);
    }
    const files = Array.from(byFile.keys()).sort((a, b) => Number(a) - Number(b));
    const groups = files.map((file) => {
      const nodes = byFile.get(file);
      const details = element("details", "group");
      details.open = true;
      const summary = element("summary", "");
      summary.append(element("h3", "", fileNames.get(file)), " ", element("span", "count", String(nodes.length)));
      const list = element("div", "list");
      append(list, nodes);
      details.append(summary, list);
      return details;
    });
    box.replaceChildren();
    append(box, groups);
  }

  function element(name, className, text) {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  // One by one into a fragment: a call with ten thousand arguments may be too many.
  function append(parent, nodes) {
    const fragment = document.createDocumentFragment();
    for (const node of nodes) fragment.append(node);
    parent.append(fragment);
  }

  function ticked(name) {
    const boxes = form.querySelectorAll('input[name="' + name + '"]');
    return new Set(Array.from(boxes).filter((input) => input.checked).map((input) => input.value));
  }

  function apply() {
    const severities = ticked("severity");
    const outcomes = ticked("outcome");
    const file = form.elements.file.value;
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    group(form.elements.by.value);
    let visible = 0;
    const counts = new Map();
    for (const record of records) {
      const data = record.node.dataset;
      let keep = severities.has(data.s) && outcomes.has(data.o) && (file === "" || file === data.f);
      if (keep && words.length > 0) {
        if (record.text === null) {
          const summary = record.node.querySelector("summary").textContent;
          record.text = (record.head + " " + summary).toLowerCase();
        }
        keep = words.every((word) => record.text.includes(word));
      }
      if (record.node.hidden === keep) record.node.hidden = !keep;
      if (keep) {
        visible += 1;
        const list = record.node.parentNode;
        counts.set(list, (counts.get(list) || 0) + 1);
      }
    }
    for (const details of box.children) {
      const number = counts.get(details.querySelector(".list")) || 0;
      details.hidden = number === 0;
      details.querySelector("summary .count").textContent = String(number);
    }
    shown.textContent =
      visible === records.length ? "" : visible + " of " + records.length + " findings shown";
  }

  let timer = 0;
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(apply, 120);
  }

  form.addEventListener("input", soon);
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The form's own values are back only after the event.
  form.addEventListener("reset", () => setTimeout(apply, 0));

  // A link to a control shows it, whatever is filtered or grouped.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="#c"]') : null;
    if (!link) return;
    const target = homes.find((home) => "#" + home.id === link.getAttribute("href"));
    if (!target) return;
    form.elements.by.value = "control";
    apply();
    if (target.hidden) {
      form.reset();
      apply();
    }
    target.open = true;
    const advice = target.querySelector(".advice");
    if (advice) advice.open = true;
  });

  // Tabs are made when they are first seen.
  let ids = 0;
  function tabs(holder) {
    const panels = Array.from(holder.children);
    if (holder.dataset.ready || panels.length < 2) return;
    holder.dataset.ready = "yes";
    const bar = element("div", "");
    bar.setAttribute("role", "tablist");
    const buttons = panels.map((panel) => {
      const title = panel.querySelector("h4");
      const button = element("button", "", title.textContent);
      ids += 1;
      button.type = "button";
      button.id = "tab-" + ids;
      panel.id = "panel-" + ids;
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      title.hidden = true;
      bar.append(button);
      return button;
    });
    const choose = (chosen) => {
      buttons.forEach((button, index) => {
        button.setAttribute("aria-selected", String(index === chosen));
        button.tabIndex = index === chosen ? 0 : -1;
        panels[index].hidden = index !== chosen;
      });
    };
    buttons.forEach((button, index) => {
      button.addEventListener("click", () => choose(index));
      button.addEventListener("keydown", (event) => {
        const last = buttons.length - 1;
        const moves = {
          ArrowRight: index === last ? 0 : index + 1,
          ArrowLeft: index === 0 ? last : index - 1,
          Home: 0,
          End: last,
        };
        if (!Object.hasOwn(moves, event.key)) return;
        event.preventDefault();
        choose(moves[event.key]);
        buttons[moves[event.key]].focus();
      });
    });
    holder.prepend(bar);
    choose(0);
  }
  // `toggle` does not bubble, but it is captured.
  document.addEventListener(
    "toggle",
    (event) => {
      const details = event.target;
      if (details instanceof Element && details.matches(".advice[open]")) {
        const holder = details.querySelector(".tabs");
        if (holder) tabs(holder);
      }
    },
    true,
  );

  // Paper cannot be unfolded, and shows no tab but the open one.
  let unfolded = [];
  let concealed = [];
  addEventListener("beforeprint", () => {
    unfolded = Array.from(document.querySelectorAll("details:not([open])"));
    for (const details of unfolded) details.open = true;
    concealed = Array.from(document.querySelectorAll(".tabs > [hidden], .tabs h4[hidden]"));
    for (const node of concealed) node.hidden = false;
  });
  addEventListener("afterprint", () => {
    for (const details of unfolded) details.open = false;
    for (const node of concealed) node.hidden = true;
  });

  form.hidden = false;
  // A browser may restore the fields of an earlier visit.
  apply();
})();
