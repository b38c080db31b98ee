// Draws the live charts of a function, and the quality of the forecasts by hour.
(() => {
  "use strict";
  const { el, api } = window.prewarm;
  const byId = (id) => document.getElementById(id);
  const name = document.body.dataset.function || "";
  const unit = document.body.dataset.unit;
  const colour = (variable) => getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
  const clear = (hex, alpha) => hex + Math.round(255 * alpha).toString(16).padStart(2, "0");
  const orNull = (v) => v < 0 ? null : v;
  const clock = (seconds, step) => new Date(seconds * 1000).toISOString().slice(11, step % 60 ? 19 : 16);

  const axes = (step, values, size) => {
    const base = { stroke: colour("--dim"), font: "12px system-ui, sans-serif", grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
    return [
      { ...base, space: 70, values: (_, at) => at.map((v) => clock(v, step)) },
      { ...base, size: 58, space: size, values: (_, at) => at.map(values) },
    ];
  };

  // marks is a plugin of uPlot that draws a line at the present.
  const marks = (now) => ({
    hooks: {
      draw: (u) => {
        const x = Math.round(u.valToPos(now(), "x", true));
        const { left, top, width, height } = u.bbox;
        if (x < left || x > left + width) return;
        u.ctx.save();
        u.ctx.strokeStyle = u.ctx.fillStyle = colour("--dim");
        u.ctx.lineWidth = devicePixelRatio;
        u.ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
        u.ctx.beginPath();
        u.ctx.moveTo(x, top);
        u.ctx.lineTo(x, top + height);
        u.ctx.stroke();
        u.ctx.font = 12 * devicePixelRatio + "px system-ui, sans-serif";
        u.ctx.textAlign = "left";
        u.ctx.fillText("now", x + 5 * devicePixelRatio, top + 12 * devicePixelRatio);
        u.ctx.restore();
      },
    },
  });

  const plots = [];
  const width = (place) => Math.max(240, place.clientWidth - 32);
  new ResizeObserver(() => plots.forEach((p) => p.u && p.u.setSize({ width: width(p.place), height: p.height })))
    .observe(byId("main"));

  // plot returns a figure with a chart. Its method show sets the data, the options
  // (only if key has changed) and a summary for screen readers.
  const plot = (parent, title, hint, height) => {
    const place = el("section", { className: "plot", "aria-label": title });
    const canvas = el("div", { role: "img" });
    place.append(el("h2", {}, title), el("p", { className: "dim" }, hint), canvas);
    parent.append(place);
    const p = { place, height, u: null, key: "" };
    p.show = (key, options, data, summary) => {
      canvas.setAttribute("aria-label", title + ": " + summary);
      if (p.u && p.key === key) {
        p.u.setData(data);
        return;
      }
      if (p.u) p.u.destroy();
      p.key = key;
      p.u = new uPlot({ width: width(place), height, ...options }, data, canvas);
    };
    plots.push(p);
    return p;
  };

  const stepped = uPlot.paths.stepped({ align: 1 });
  const bars = uPlot.paths.bars({ size: [0.8, 40], align: 1 });
  const whole = { paths: stepped, points: { show: false }, width: 2 };
  const ranged = (low) => (_, min, max) => [low, Math.max(2, max === null ? 2 : max * 1.1)];

  // columns joins history, calls and forecast on one time axis.
  const columns = (f, lead) => {
    const past = f.past, forecast = f.forecast, step = (f.window && f.window.step_seconds) || (forecast && forecast.step_seconds) || 60;
    const has = forecast && !forecast.no_data;
    const at = new Map();
    const row = (t) => {
      if (!at.has(t)) at.set(t, { t });
      return at.get(t);
    };
    const led = past.forecasts.find((p) => p.lead === lead);
    past.step.forEach((t, i) => Object.assign(row(t), {
      need: past.estimated[i] ? null : orNull(past.need[i]), estimate: past.estimated[i] ? past.need[i] : null, wanted: orNull(past.wanted[i]), applied: orNull(past.applied[i]), reported: orNull(past.reported[i]), ready: orNull(past.ready[i]),
      cold: past.cold[i] > 0 ? past.cold[i] : null, predicted: led.chance[i] < 0 ? null : 100 * led.chance[i], observed: past.need[i] < 0 || past.estimated[i] ? null : past.need[i] > 0 ? 100 : 0,
      predictedQ95: orNull(led.q95[i]),
    }));
    if (f.window) f.window.counts.forEach((count, i) => { row(f.window.start + i * step).calls = orNull(count); });
    if (has) forecast.p_active.forEach((p, i) => Object.assign(row(forecast.origin + i * step), {
      q50: forecast.need_q50[i], q90: forecast.need_q90[i], q95: forecast.need_q95[i], q99: forecast.need_q99[i], coming: 100 * p,
    }));
    const rows = [...at.values()].sort((a, b) => a.t - b.t);
    const column = (key) => rows.map((r) => r[key] === undefined ? null : r[key]);
    return { step, now: has ? forecast.origin : past.step.length ? past.step[past.step.length - 1] + step : 0, rows, column };
  };

  const functionPage = () => {
    const place = byId("canvases");
    const charts = {
      need: plot(place, "Needed replicas", "Bars: observed need, pale if not measured one by one and wholly. Bands: predicted need, with 50, 90, 95 and 99 % certainty.", 220),
      replicas: plot(place, "Replicas", "Wanted by prewarm, applied through the gateway, reported by the gateway, and ready. Marks: cold starts, needed replicas that were not ready when their step began.", 190),
      chance: plot(place, "Chance of a call", "Lines: predicted in the past, and predicted now. Bars: steps with calls.", 190),
      calls: plot(place, "Calls per " + unit, "", 150),
    };
    let latest = null, now = 0;
    const sync = uPlot.sync("function");
    const common = (step, y, space, low, format) => ({
      axes: axes(step, format, space), cursor: { sync: { key: sync.key }, y: false }, plugins: [marks(() => now)],
      scales: { x: { time: true, range: () => [now - Number(byId("back").value) * step, now + Number(byId("ahead").value) * step] }, y: { range: ranged(low) } },
      series: y,
    });
    const at = (step) => ({ label: "at", value: (_, v) => v === null ? "–" : clock(v, step) });
    const text = (v) => Number.isInteger(v) ? String(v) : v.toPrecision(3);
    const integer = (v) => Number.isInteger(v) ? String(v) : "";
    const show = (_, v) => v === null || v === undefined ? "–" : text(v);

    const draw = () => {
      if (!latest) return;
      const lead = Number(byId("lead").value);
      const { step, now: present, rows, column } = columns(latest, lead);
      now = present;
      const accent = colour("--accent"), calls = colour("--calls"), up = colour("--up"), down = colour("--down");
      const key = [accent, step, lead].join();
      const time = column("t");
      const visible = rows.filter((r) => r.t >= now - Number(byId("back").value) * step && r.t < now);
      const band = (series, alpha) => ({ series, fill: clear(accent, alpha) });
      charts.need.show(key, {
        ...common(step, [at(step),
          { label: "needed", stroke: calls, fill: clear(calls, 0.55), paths: bars, points: { show: false }, value: show },
          { label: "50 %", stroke: accent, ...whole, value: show },
          { label: "90 %", stroke: clear(accent, 0.6), ...whole, width: 1, value: show },
          { label: "95 %", stroke: clear(accent, 0.45), ...whole, width: 1, value: show },
          { label: "99 %", stroke: clear(accent, 0.35), ...whole, width: 1, value: show },
          { label: "estimated", stroke: clear(calls, 0.4), fill: clear(calls, 0.2), paths: bars, points: { show: false }, value: show }], 40, 0, integer),
        bands: [band([3, 2], 0.34), band([4, 3], 0.22), band([5, 4], 0.12)],
      }, [time, column("need"), column("q50"), column("q90"), column("q95"), column("q99"), column("estimate")],
      "at most " + Math.max(0, ...visible.map((r) => r.need || r.estimate || 0)) + " needed in the time shown; at most " + Math.max(0, ...rows.map((r) => r.q99 || 0)) + " with 99 % certainty in the next 60 " + unit + "s");
      charts.replicas.show(key, common(step, [at(step),
        { label: "reported", stroke: calls, fill: clear(calls, 0.15), ...whole, value: show },
        { label: "ready", stroke: clear(calls, 0.7), ...whole, width: 1, dash: [2, 3], value: show },
        { label: "wanted", stroke: accent, ...whole, dash: [6, 4], value: show },
        { label: "applied", stroke: down, paths: () => null, points: { show: true, size: 7, fill: down }, value: show },
        { label: "cold starts", stroke: up, paths: () => null, points: { show: true, size: 10, width: 2, fill: clear(up, 0.25) }, value: show }], 40, 0, integer),
      [time, column("reported"), column("ready"), column("wanted"), column("applied"), column("cold")],
      visible.reduce((sum, r) => sum + (r.cold || 0), 0) + " cold starts in the time shown");
      charts.chance.show(key, {
        ...common(step, [at(step),
          { label: "observed", stroke: clear(calls, 0.4), fill: clear(calls, 0.25), paths: bars, points: { show: false }, value: (_, v) => v === null ? "–" : v ? "calls" : "none" },
          { label: "predicted " + lead + " " + unit + (lead > 1 ? "s" : "") + " before", stroke: up, ...whole, value: (_, v) => v === null ? "–" : v.toFixed(1) + " %" },
          { label: "predicted now", stroke: accent, ...whole, value: (_, v) => v === null || v === undefined ? "–" : v.toFixed(1) + " %" }], 40, 0, (v) => v + " %"),
        scales: { x: { time: true, range: () => [now - Number(byId("back").value) * step, now + Number(byId("ahead").value) * step] }, y: { range: () => [0, 100] } },
      }, [time, column("observed"), column("predicted"), column("coming")], error(visible, lead));
      charts.calls.show(key, common(step, [at(step),
        { label: "calls", stroke: calls, fill: clear(calls, 0.55), paths: bars, points: { show: false }, value: show }], 40, 0, integer),
      [time, column("calls")], visible.reduce((sum, r) => sum + (r.calls || 0), 0) + " calls in the time shown");
      verdict.textContent = error(visible, lead);
    };

    // error describes how far the past forecasts were from the observations. The mean
    // squared error of a probability is the Brier score.
    const error = (visible, lead) => {
      const both = visible.filter((r) => r.predicted !== null && r.predicted !== undefined && r.observed !== null && r.observed !== undefined);
      if (!both.length) return "no forecast made " + lead + " " + unit + (lead > 1 ? "s" : "") + " before can be compared yet";
      const score = both.reduce((sum, r) => sum + ((r.predicted - r.observed) / 100) ** 2, 0) / both.length;
      const above = both.filter((r) => r.predictedQ95 !== undefined && r.predictedQ95 !== null && r.need > r.predictedQ95).length;
      return "mean squared error " + score.toFixed(3) + " over " + both.length + " " + unit + "s; the need was above the 95 % forecast in " + above + " of them";
    };
    const verdict = el("p", { className: "dim", id: "verdict" });
    charts.chance.place.insertBefore(verdict, charts.chance.place.lastChild);

    const load = async () => {
      latest = await api("function&function=" + encodeURIComponent(name));
      byId("plots").hidden = false;
      byId("charts").hidden = true;
      draw();
      byId("canvases").dataset.origin = latest.forecast ? latest.forecast.origin : "";
    };
    byId("ranges").addEventListener("input", draw);
    document.addEventListener("refreshed", () => load().catch(() => {}));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    load().catch(() => {});
  };

  const qualityPage = () => {
    const place = byId("quality-plot");
    let chart = null;
    const load = async () => {
      const answer = await api("quality");
      const hours = answer.hours.filter((h) => h.lead === 1);
      place.hidden = hours.length < 2;
      if (place.hidden) return;
      chart = chart || plot(place, "Forecasts made 1 " + unit + " before, hour by hour", "Average precision should be far above the share of " + unit + "s with a call, and the calibration error near 0.", 200);
      const percent = (v) => v === null ? null : 100 * v;
      const line = (label, name, dash) => ({ label, stroke: colour(name), width: 2, dash, value: (_, v) => v === null ? "–" : v.toFixed(1) + " %" });
      chart.show(colour("--accent"), {
        axes: axes(60, (v) => v + " %", 40), scales: { y: { range: () => [0, 100] } },
        series: [{ label: "from", value: (_, v) => v === null ? "–" : clock(v, 60) }, line("average precision", "--accent"), line(unit + "s with a call", "--calls", [6, 4]), line("calibration error", "--up")],
      }, [hours.map((h) => h.begin), hours.map((h) => percent(h.average_precision)), hours.map((h) => percent(h.base_rate)), hours.map((h) => percent(h.calibration_error))],
      "the last average precision is " + (100 * (hours[hours.length - 1].average_precision || 0)).toFixed(1) + " %");
    };
    document.addEventListener("refreshed", () => load().catch(() => {}));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => load().catch(() => {}));
    load().catch(() => {});
  };

  if (name && byId("canvases")) functionPage();
  else if (byId("quality-plot")) qualityPage();
})();
