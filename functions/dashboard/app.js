// Keeps the pages of the dashboard up to date. Texts from messages and users are
// always set as text and never as HTML.
(() => {
  "use strict";
  const body = document.body;
  const byId = (id) => document.getElementById(id);
  const page = body.dataset.page;
  const one = body.dataset.function || "";
  const unit = body.dataset.unit;
  let newest = Number(body.dataset.newest || 0);

  // el returns a new element with properties (or attributes) and children.
  const el = (tag, props = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(props)) {
      if (key in node) node[key] = value;
      else node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  };

  // api calls the API and returns its JSON; an error has the text of the answer.
  const api = async (name, options = {}) => {
    const answer = await fetch("?api=" + name, { headers: { Accept: "application/json" }, ...options });
    if (!answer.ok) {
      const refusal = await answer.json().catch(() => ({}));
      throw Object.assign(new Error(refusal.error || "the server answered " + answer.status), { status: answer.status });
    }
    return answer.json();
  };

  // ---- age of the newest step, and the state of the connection ----

  const age = () => {
    if (!newest) return;
    const seconds = Math.max(0, Math.round(Date.now() / 1000 - newest));
    const text = seconds < 120 ? seconds + " s" : Math.round(seconds / 60) + " min";
    const at = new Date(newest * 1000);
    byId("age").replaceChildren("last step ended ", el("time", { dateTime: at.toISOString() }, at.toISOString().slice(11, 19)), " UTC, " + text + " ago");
  };
  setInterval(age, 1000);
  age();

  const live = byId("live");
  const connected = (yes, how = "live") => {
    const text = yes ? how : "connection lost, trying again";
    if (live.textContent !== text) live.textContent = text;
    live.hidden = false;
    live.classList.toggle("lost", !yes);
  };

  // ---- notices, the pause switch, the number of alerts ----

  let status = null;
  const showStatus = (next) => {
    status = next;
    newest = Math.max(newest, next.newest);
    age();
    const notices = byId("notices");
    const texts = next.notices.map((n) => n.class + n.text).join("\n");
    if (notices.dataset.texts !== texts) {
      notices.dataset.texts = texts;
      notices.replaceChildren(...next.notices.map((n) => el("p", { className: "notice " + n.class }, n.text)));
    }
    byId("alerts-count").textContent = next.alerts ? " (" + next.alerts + ")" : "";
    showControls();
  };

  // ---- sign in, the pause switch, the mode of a function ----

  let session = { signed_in: false, ways: [], can: [] };
  const change = (name, method, data) => api(name, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": session.csrf || "" },
    body: data === undefined ? undefined : JSON.stringify(data),
  });

  const signIn = () => window.prewarmSignIn.open("Sign in to pause and to set modes", session.ways, (s) => {
    session = s;
    showControls();
  });

  const problem = (text) => {
    const notices = byId("notices");
    notices.dataset.texts = "";
    notices.append(el("p", { className: "notice error" }, text));
  };

  const trying = (act) => async (event) => {
    event.target.disabled = true;
    try {
      await act(event);
    } catch (error) {
      problem("The change failed: " + error.message);
      if (error.status === 401) session = { ...session, signed_in: false, can: [] };
    }
    event.target.disabled = false;
    showControls(true);
  };

  // pauseButtons returns a button that turns the switch over, or both buttons if
  // the state of the switch is not known.
  const pauseButtons = (paused) => {
    const button = (id, next) => el("button", { id, type: "button", className: paused === true ? "primary" : "", onclick: trying(async () => {
      const answer = await change("pause", "POST", { paused: next });
      status = { ...status, paused: answer.paused };
    }) }, next ? "Pause scaling" : "Resume scaling");
    return paused === null ? [button("pause", true), button("resume", false)] : [button("pause", !paused)];
  };

  let shownControls = "";
  const showControls = (anyway) => {
    const controls = byId("controls");
    const key = JSON.stringify([session.signed_in, session.can, session.ways, status && status.paused]);
    if (key === shownControls && !anyway) return;
    shownControls = key;
    controls.hidden = session.ways.length === 0;
    const focused = document.activeElement && document.activeElement.id;
    controls.replaceChildren();
    if (!session.signed_in) {
      controls.append(el("button", { id: "sign-in", type: "button", onclick: signIn }, "Sign in"));
    } else {
      controls.append(...(session.can.includes("pause") ? pauseButtons(status ? status.paused : false) : []),
        el("button", { id: "sign-out", type: "button", onclick: trying(async () => { session = await change("session", "DELETE"); }) }, "Sign out"));
    }
    if (focused && byId(focused)) byId(focused).focus();
    showModes();
  };

  const showModes = () => {
    const place = byId("function-controls");
    if (!place) return;
    if (!session.can.includes("mode")) {
      place.replaceChildren();
      return;
    }
    if (place.childElementCount) return;
    const select = el("select", { id: "set-mode" });
    for (const mode of ["annotated", "off", "observe", "active"]) select.append(el("option", { value: mode }, mode === "annotated" ? "as annotated" : mode));
    const note = el("span", { className: "dim", role: "status" }, "Replaces the annotation from the next step on. Nothing is deployed.");
    const button = el("button", { id: "apply-mode", type: "button", onclick: trying(async () => {
      await change("mode", "POST", { function: one, mode: select.value });
      place.dataset.set = select.value;
      note.textContent = "The mode is " + select.selectedOptions[0].textContent + " from the next step on.";
      refresh();
    }) }, "Set mode");
    place.append(el("label", { htmlFor: "set-mode" }, "Mode of this function"), select, button, note);
    select.value = place.dataset.set || "annotated";
  };

  api("session").then((s) => { session = s; showControls(); }, () => {});

  // ---- parts of a page that the server makes ----

  // refresh loads the page again and replaces its parts with data-live. It keeps
  // the focus and the scroll position; a part with a focused link stays.

  const refresh = async () => {
    try {
      const answer = await fetch(location.href);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const fresh = next.getElementById(part.id);
        const region = document.activeElement;
        if (!fresh || (part.contains(region) && region.tagName === "A")) continue;
        const scrolled = [...part.querySelectorAll(".scroll")].map((s) => s.scrollLeft);
        const inside = part.contains(region);
        part.replaceChildren(...fresh.childNodes);
        [...part.querySelectorAll(".scroll")].forEach((s, i) => {
          s.scrollLeft = scrolled[i] || 0;
          if (inside && i === 0) s.focus();
        });
      }
    } catch { /* the event stream shows that the connection is lost */ }
    document.dispatchEvent(new Event("refreshed"));
  };

  // ---- the overview ----

  const rows = new Map();
  const shortName = (name) => name.lastIndexOf(".") < 0 ? [name, ""] : [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf("."))];
  const percent = (p) => (100 * p).toFixed(1) + " %";
  const known = (v, text = String) => v === null || v === undefined ? "–" : text(v);
  const sparkSteps = 180, sparkHeight = 28;

  // merge appends the counts of an event to those that the page has already, and
  // keeps the last sparkSteps.
  const merge = (had, row) => {
    if (had && had.step === row.step && had.counts.length && row.counts.length >= 0) {
      const at = (row.start - had.start) / row.step;
      if (Number.isInteger(at) && at >= 0 && at <= had.counts.length) {
        row.counts = had.counts.slice(0, at).concat(row.counts);
        row.start = had.start;
      }
    }
    const cut = row.counts.length - sparkSteps;
    if (cut > 0) {
      row.counts = row.counts.slice(cut);
      row.start += cut * row.step;
    }
    const last = row.counts[row.counts.length - 1];
    row.calls = last === undefined || last < 0 ? null : last;
    [row.short, row.namespace] = shortName(row.function);
    return row;
  };

  // take stores the rows of an event.
  const take = (event) => {
    if (event.full) {
      for (const name of rows.keys()) if (!event.rows.some((r) => r.function === name)) rows.delete(name);
    }
    for (const row of event.rows) {
      const next = merge(event.full ? null : rows.get(row.function), row);
      next.changed = true;
      rows.set(row.function, next);
    }
    for (const name of event.gone || []) rows.delete(name);
  };

  const spark = (svg, row) => {
    const top = Math.max(1, ...row.counts), first = sparkSteps - row.counts.length;
    let bars = "", gaps = "";
    row.counts.forEach((count, i) => {
      const x = first + i;
      if (count > 0) bars += "M" + (x + 0.5) + " 28V" + Math.min(sparkHeight * (1 - count / top), sparkHeight - 2).toFixed(1);
      if (count < 0) gaps += "M" + x + " 27H" + (x + 1);
    });
    svg.setAttribute("aria-label", "calls of the last " + row.counts.length + " " + unit + "s, at most " + Math.max(0, ...row.counts) + " in one");
    svg.children[1].setAttribute("d", gaps);
    svg.children[2].setAttribute("d", bars);
  };

  const fill = (tr, row) => {
    const cells = tr.children;
    const link = cells[0].firstElementChild;
    link.href = "?function=" + encodeURIComponent(row.function);
    link.replaceChildren(row.short, el("wbr"), el("span", { className: "namespace" }, row.namespace));
    spark(cells[1].firstElementChild, row);
    if (row.provisional && row.calls !== null) cells[2].replaceChildren(el("span", { className: "hidden" }, "at least "), el("span", { "aria-hidden": "true" }, "≥ "), String(row.calls));
    else cells[2].textContent = known(row.calls);
    if (row.replicas === row.wanted) cells[3].textContent = known(row.replicas);
    else cells[3].replaceChildren(known(row.replicas) + " ", el("span", { "aria-hidden": "true" }, "→"), el("span", { className: "hidden" }, ", wanted"), " ", el("strong", {}, known(row.wanted)));
    cells[4].textContent = known(row.chance_5, percent);
    const tenths = (v) => known(v, (n) => n.toFixed(1));
    cells[5].replaceChildren(tenths(row.expected_cold), ...(row.expected_cold === null ? [] : [" ", el("span", { "aria-hidden": "true" }, "→"), el("span", { className: "hidden" }, " with keep-alive, with prewarm"), " " + tenths(row.expected_cold_left)]), ...(row.alert ? [" ", el("span", { className: "flag" }, "alert")] : []));
    const mode = known(row.mode);
    cells[6].replaceChildren(el("span", { className: "mode" + (mode === "active" ? " active" : "") }, mode), ...(row.mode_note ? [" ", el("span", { className: "dim" }, row.mode_note)] : []), ...(row.set_backs.length ? [" ", el("span", { className: "flag" }, "set back")] : []));
    if (row.reason === null) cells[7].replaceChildren(el("span", { className: "dim" }, "none yet"));
    else {
      const direction = el("span", { className: "direction" }, row.direction);
      if (["up", "down", "hold"].includes(row.direction)) direction.classList.add(row.direction);
      cells[7].replaceChildren(direction, " " + row.reason);
    }
  };

  // remaining returns the expected cold starts that remain: prewarm avoids some in mode
  // active only.
  const remaining = (r) => r.mode === "active" && r.expected_cold_left !== null ? r.expected_cold_left : r.expected_cold;

  const overview = () => {
    const table = byId("rows"), form = byId("filter"), template = byId("row");
    const pageSize = 50;
    let limit = pageSize, sort = "function", falling = false;
    const shown = new Map(); // table rows by name

    const value = {
      function: (r) => r.function, calls: (r) => r.calls, replicas: (r) => r.wanted, chance: (r) => r.chance_5,
      cold: (r) => r.expected_cold === null ? null : remaining(r), mode: (r) => r.mode, decided: (r) => r.decided,
    };
    const compare = (a, b) => {
      const x = value[sort](a), y = value[sort](b);
      if (x === y || (x === null && y === null)) return a.function < b.function ? -1 : 1;
      if (x === null || y === null) return x === null ? 1 : -1;
      return (x < y ? -1 : 1) * (falling ? -1 : 1);
    };

    const matching = () => {
      const name = form.q.value, ns = form.ns.value, mode = form.mode.value, alert = form.alert.checked;
      return [...rows.values()].filter((r) => r.function.includes(name) && (!ns || r.namespace === "." + ns) && (!mode || r.mode === mode) && (!alert || r.alert)).sort(compare);
    };

    const sums = (list) => {
      const add = (get) => list.reduce((sum, r) => sum + (get(r) || 0), 0);
      byId("sum-functions").textContent = list.length;
      byId("sum-active").textContent = add((r) => r.mode === "active");
      byId("sum-replicas").textContent = add((r) => r.replicas);
      byId("sum-wanted").textContent = add((r) => r.wanted);
      byId("sum-cold").textContent = add((r) => r.expected_cold).toFixed(1);
      byId("sum-left").textContent = add(remaining).toFixed(1);
    };

    const options = (select, values) => {
      const sorted = [...new Set(values)].filter((v) => v).sort();
      if ([...select.options].slice(1).map((o) => o.value).join("\n") === sorted.join("\n")) return;
      const was = select.value;
      select.replaceChildren(select.options[0], ...sorted.map((v) => el("option", { value: v }, v)));
      select.value = sorted.includes(was) ? was : "";
    };

    const draw = () => {
      options(form.ns, [...rows.values()].map((r) => r.namespace.slice(1)));
      options(form.mode, [...rows.values()].map((r) => r.mode));
      const list = matching();
      sums(list);
      const visible = list.slice(0, limit);
      const names = new Set(visible.map((r) => r.function));
      for (const [name, tr] of shown) if (!names.has(name)) { tr.remove(); shown.delete(name); }
      visible.forEach((row, i) => {
        let tr = shown.get(row.function);
        if (!tr) {
          tr = template.content.firstElementChild.cloneNode(true);
          shown.set(row.function, tr);
          row.changed = true;
        }
        if (row.changed) fill(tr, row);
        row.changed = false;
        if (table.children[i] !== tr) table.insertBefore(tr, table.children[i] || null);
      });
      for (const row of list.slice(limit)) row.changed = true;
      byId("table").hidden = list.length === 0;
      byId("none").hidden = list.length > 0;
      byId("known").textContent = rows.size;
      byId("shown").textContent = list.length > visible.length ? visible.length + " of " + list.length + " functions are shown" : "";
      byId("more").hidden = list.length <= visible.length;
    };

    let waiting = false;
    const soon = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; draw(); });
    };

    const filtered = () => {
      limit = pageSize;
      const query = new URLSearchParams();
      for (const [key, v] of new FormData(form)) if (v) query.set(key, v);
      history.replaceState(null, "", "?" + query);
      soon();
    };
    form.addEventListener("input", filtered);
    form.addEventListener("submit", (event) => { event.preventDefault(); filtered(); });
    byId("more").addEventListener("click", () => { limit += 100; soon(); });
    for (const th of document.querySelectorAll("th[data-sort]")) {
      const button = el("button", { type: "button", className: "sort" }, th.textContent);
      button.addEventListener("click", () => {
        falling = sort === th.dataset.sort ? !falling : !["function", "mode"].includes(th.dataset.sort);
        sort = th.dataset.sort;
        document.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
        th.setAttribute("aria-sort", falling ? "descending" : "ascending");
        soon();
      });
      th.replaceChildren(button);
    }
    return () => {
      if (!shown.size) table.replaceChildren();
      soon();
    };
  };

  // ---- the event stream ----

  let drawRows = null;
  if (page === "functions" && !one && byId("rows")) drawRows = overview();

  const onRows = (event) => {
    if (drawRows) {
      take(event);
      drawRows();
    } else if ((byId("nothing") || byId("unknown")) && event.rows.length) {
      location.reload();
    } else if (one && event.rows.length) {
      refresh();
    }
  };

  // A proxy that holds events back until the stream ends is found by their silence: the
  // server sends an event every 5 s. The page then polls, and comes back to the stream
  // after a pause that grows as long as the proxy holds events back.
  const silence = 8000, pollPeriod = 5000;
  const about = one || (page === "functions" ? "" : "-");
  let source = null, last = "", lost = 0, delay = 500, heard = 0, pause = 15000;

  const poll = async () => {
    if (about !== "-") {
      const changed = await api("overview" + (about ? "&function=" + encodeURIComponent(about) : "") + (last ? "&last=" + encodeURIComponent(last) : ""));
      last = changed.id;
      onRows(changed);
    }
    showStatus(await api("status"));
    clearTimeout(lost);
    lost = 0;
    connected(true, "updated every " + pollPeriod / 1000 + " s");
  };

  const pollFor = async (duration) => {
    for (const end = Date.now() + duration; Date.now() < end;) {
      await new Promise((done) => setTimeout(done, pollPeriod));
      await poll().catch((error) => error.status === 401 ? location.reload() : connected(false));
    }
    follow();
  };

  setInterval(async () => {
    if (!source || Date.now() - heard < silence) return;
    heard = Date.now();
    try {
      await poll();
    } catch {
      return; // the connection is lost: the stream tries again by itself
    }
    if (!source) return;
    source.close();
    source = null;
    pollFor(pause);
    pause = Math.min(2 * pause, 120000);
  }, 1000);

  // The server has refused the stream: there are too many, or the session has ended.
  const refused = () => poll().then(() => pollFor(15000), (error) => {
    if (error.status === 401) {
      location.reload();
      return;
    }
    setTimeout(follow, delay);
    delay = Math.min(2 * delay, 5000);
  });

  const hear = (name, use) => source.addEventListener(name, (event) => {
    heard = Date.now();
    use(event);
  });

  const follow = () => {
    heard = Date.now();
    source = new EventSource("?api=events" + (about ? "&function=" + encodeURIComponent(about) : "") + (last ? "&last=" + encodeURIComponent(last) : ""));
    hear("open", () => {
      clearTimeout(lost);
      lost = 0;
      delay = 500;
      connected(true);
    });
    hear("ping", () => { pause = 15000; });
    hear("rows", (event) => {
      last = event.lastEventId || last;
      onRows(JSON.parse(event.data));
    });
    hear("status", (event) => {
      const before = status;
      showStatus(JSON.parse(event.data));
      if (page === "alerts" && before && before.alerts !== status.alerts) refresh();
    });
    source.addEventListener("error", () => {
      // The server ends a stream regularly and the browser opens a new one. Only a
      // longer break is a lost connection.
      lost = lost || setTimeout(() => connected(false), 2500);
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        refused();
      }
    });
  };

  if (drawRows) {
    api("overview").then((all) => {
      last = all.id;
      onRows(all);
      follow();
    }, follow);
  } else {
    follow();
  }
  if (page !== "functions") setInterval(refresh, 15000);

  window.prewarm = { el, api, refresh };
})();
